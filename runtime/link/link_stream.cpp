#include "runtime/link/link_stream.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

namespace camfleet::link {
namespace {

namespace asio = boost::asio;
using error_code = boost::system::error_code;

constexpr std::size_t longest_line = 80;

}  // namespace

LinkStream::LinkStream(tcp::socket socket, asio::ssl::context* context) {
  if (context == nullptr)
    stream_ = std::make_unique<tcp::socket>(std::move(socket));
  else
    stream_ = std::make_unique<TlsStream>(std::move(socket), *context);
}

LinkStream::LinkStream(asio::io_context& io, asio::ssl::context* context) {
  if (context == nullptr)
    stream_ = std::make_unique<tcp::socket>(io);
  else
    stream_ = std::make_unique<TlsStream>(io, *context);
}

LinkStream::tcp::socket& LinkStream::socket() {
  if (const auto* tls = std::get_if<Tls>(&stream_)) return (*tls)->next_layer();
  return *std::get<Plain>(stream_);
}

void LinkStream::introduce(Side side, const std::string& own_name, Introduced done) {
  if (const auto* tls = std::get_if<Tls>(&stream_))
    return (*tls)->async_handshake(
        side == Side::door ? asio::ssl::stream_base::server : asio::ssl::stream_base::client,
        std::move(done));
  tcp::socket& plain = *std::get<Plain>(stream_);
  const auto after = [done = std::move(done)](const error_code& error, std::size_t /*count*/) {
    done(error);
  };
  if (side == Side::door) {
    asio::async_read_until(plain, asio::dynamic_buffer(line_, longest_line), '\n', after);
  } else {
    line_ = own_name + "\n";
    asio::async_write(plain, asio::buffer(line_), after);
  }
}

PeerName LinkStream::peer() {
  if (const auto* tls = std::get_if<Tls>(&stream_)) return peer_of(**tls);
  // Whoever says more than a line before it is answered is none of ours.
  const std::size_t end = line_.find('\n');
  return {end + 1 == line_.size() ? line_.substr(0, end) : "", ""};
}

}  // namespace camfleet::link
