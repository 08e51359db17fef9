#include "runtime/link/crowd.hpp"

#include <chrono>
#include <utility>

#include "actors/base/text.hpp"

namespace camfleet::link {
namespace {

/// Until a connection is accepted again for which there was no descriptor.
constexpr std::chrono::milliseconds accept_pause{50};

}  // namespace

result<void> Accepting::listen(const std::string& host, std::uint16_t port,
                               std::function<void(tcp::socket)> arrive,
                               std::function<void(const std::string& why)> make_way) {
  arrive_ = std::move(arrive);
  make_way_ = std::move(make_way);
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  if (error) return fail(Errc::invalid_field, host, "is no address to listen on; write one like 127.0.0.1");
  const tcp::endpoint at(address, port);
  acceptor_.open(at.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(at, error);
  if (!error) acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
  if (error)
    return fail(Errc::io, host + ":" + std::to_string(port), "cannot be listened on: " + error.message());
  accept();
  return success();
}

void Accepting::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
    if (error == boost::asio::error::operation_aborted) return;
    if (!error) {
      arrive_(std::move(socket));
      return accept();
    }
    // No descriptor is left, as a rule: who waits longest to come in gives one back.
    make_way_("there is no descriptor left");
    pause_.expires_after(accept_pause);
    pause_.async_wait([this](const boost::system::error_code& aborted) {
      if (!aborted) accept();
    });
  });
}

std::string network_of(const boost::asio::ip::address& address) {
  if (!address.is_v6()) return address.to_string();
  const auto bytes = address.to_v6().to_bytes();
  return to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size() / 2});
}

}  // namespace camfleet::link
