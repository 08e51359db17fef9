#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "actors/error.hpp"
#include "actors/time.hpp"
#include "runtime/api/envelope.hpp"
#include "runtime/api/request.hpp"

namespace camfleet::api {

/// An HTTP/1.1 server: keep-alive, chunked bodies, limits on everything that a client sends.
class HttpServer {
 public:
  struct Settings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;            ///< 0: any that is free
    std::filesystem::path certificate{};  ///< PEM chain; with `key`: TLS
    std::filesystem::path key{};
    std::uint32_t header_bytes = 16 * 1024;
    std::uint64_t body_bytes = 16ULL * 1024 * 1024;
    std::size_t connections = 1024;       ///< further ones wait to be accepted
    Duration request_time = seconds(20);  ///< from a request's first byte to its last
    Duration idle_time = seconds(60);     ///< between requests of a connection
    unsigned threads = 0;                 ///< 0: one per core
  };

  /// Answers once, from any thread.
  using Respond = std::function<void(Reply)>;
  /// Called on a thread of the server; must not block.
  using Handle = std::function<void(Request, Respond)>;
  /// Puts what never became a request into the envelope.
  using Refuse = std::function<Reply(const ApiError&)>;

  /// Listens, and answers until stop(). Errors: invalid_field (the host), unreadable (certificate, key), io
  /// (the port is taken).
  static result<std::unique_ptr<HttpServer>> start(const Settings& settings, Handle handle, Refuse refuse);
  ~HttpServer();

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] bool is_loopback() const;
  /// Takes no further requests; connections are closed.
  void stop();

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace camfleet::api
