#include "runtime/link/crowd.hpp"

#include "actors/base/text.hpp"

namespace camfleet::link {

result<void> listen_at(boost::asio::ip::tcp::acceptor& acceptor, const std::string& host,
                       std::uint16_t port) {
  using tcp = boost::asio::ip::tcp;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  if (error) return fail(Errc::invalid_field, host, "is no address to listen on; write one like 127.0.0.1");
  const tcp::endpoint at(address, port);
  acceptor.open(at.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(at, error);
  if (!error) acceptor.listen(boost::asio::socket_base::max_listen_connections, error);
  if (error)
    return fail(Errc::io, host + ":" + std::to_string(port), "cannot be listened on: " + error.message());
  return success();
}

std::string network_of(const boost::asio::ip::address& address) {
  if (!address.is_v6()) return address.to_string();
  const auto bytes = address.to_v6().to_bytes();
  return to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size() / 2});
}

}  // namespace camfleet::link
