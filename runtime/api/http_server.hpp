#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
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
    /// So much of a body is taken before anybody is asked whether it is wanted.
    std::uint64_t small_body_bytes = 64ULL * 1024;
    std::uint64_t all_body_bytes = 256ULL * 1024 * 1024;  ///< of the requests that are being taken or handled
    /// Requests with larger bodies than small ones that are parsed and checked at once, and that wait for it.
    std::size_t large_requests = 2;
    std::size_t large_requests_waiting = 64;
    std::size_t connections = 1024;       ///< beyond these the one that has waited longest gives way
    std::size_t streams = 64;             ///< answers that come in pieces, at once; further ones get a 503
    Duration request_time = seconds(20);  ///< from a request's first byte to its last
    Duration idle_time = seconds(60);     ///< between requests of a connection
    unsigned threads = 0;                 ///< 0: one per core
  };

  /// Answers once, from any thread.
  using Respond = std::function<void(Reply)>;
  /// What a server asks of who answers; called on its threads, must not block.
  struct Hooks {
    std::function<void(Request, Respond)> handle;
    /// Puts what never became a request into the envelope.
    std::function<Reply(const ApiError&)> refuse;
    /// How many bytes the body of a request may have of which the header and a small body's worth have come:
    /// its form is parsed as far as it is there. An error refuses it, and nothing more of it is taken.
    std::function<api_result<std::size_t>(const Request& start)> body_limit;
    /// A connection was closed as there was no memory for what it sent.
    std::function<void()> out_of_memory{};
  };

  /// Listens, and answers until stop(). Errors: invalid_field (the host), unreadable (certificate, key), io
  /// (the port is taken).
  static result<std::unique_ptr<HttpServer>> start(const Settings& settings, Hooks hooks);
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
