#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "runtime/link/tls.hpp"

namespace camfleet::link {

/// One side of a connection between a door and who calls: behind TLS, or plain, where who calls says its name
/// and nobody proves anything.
class LinkStream {
 public:
  using tcp = boost::asio::ip::tcp;
  using executor_type = tcp::socket::executor_type;
  using Introduced = std::function<void(const boost::system::error_code&)>;

  /// `context`: null: plain.
  LinkStream(tcp::socket socket, boost::asio::ssl::context* context);
  /// Not connected yet.
  LinkStream(boost::asio::io_context& io, boost::asio::ssl::context* context);

  [[nodiscard]] executor_type get_executor() { return socket().get_executor(); }
  [[nodiscard]] tcp::socket& socket();

  /// Both sides say who they are. At a door without TLS the other side's name is a line; to one `own_name` is
  /// said.
  void introduce(Side side, const std::string& own_name, Introduced done);
  /// Who the other side has said it is.
  [[nodiscard]] PeerName peer();

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    std::visit([&](auto& one) { one->async_read_some(buffers, std::forward<Handler>(handler)); }, stream_);
  }
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    std::visit([&](auto& one) { one->async_write_some(buffers, std::forward<Handler>(handler)); }, stream_);
  }

 private:
  using Tls = std::unique_ptr<TlsStream>;
  using Plain = std::unique_ptr<tcp::socket>;
  std::variant<Tls, Plain> stream_;
  std::string line_;  ///< of who calls a plain door, or calls one
};

}  // namespace camfleet::link
