#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <utility>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "runtime/api/http_server.hpp"
#include "runtime/api/work_pool.hpp"

namespace camfleet::api {

/// Of a context that one thread runs: nothing of a connection needs a lock or a strand.
using HttpSocket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// One connection, as the others know it.
class HttpConnection {
 public:
  HttpConnection() = default;
  virtual ~HttpConnection() = default;
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  /// Closes it, unless its request is being handled by then; from any thread, and until it has been removed.
  virtual void give_way() = 0;

 private:
  friend class Connections;
  std::list<HttpConnection*>::iterator place_;
  bool waits_ = true;  ///< and was not told to give way
  bool is_busy_ = false;
};

/// What the connections of a server have in common. Thread-safe.
class Connections {
 public:
  Connections(const HttpServer::Settings& of, HttpServer::Hooks how)
      : settings(of),
        hooks(std::move(how)),
        large_requests(of.large_requests, of.large_requests_waiting, hooks.out_of_memory) {}

  const HttpServer::Settings settings;
  const HttpServer::Hooks hooks;
  std::atomic<std::uint64_t> body_bytes = 0;  ///< in memory
  WorkPool large_requests;                    ///< parsing and checking one takes up to a second

  /// An answer is streamed from now on, until end_stream(). False: too many are.
  bool begin_stream() {
    if (streams_.fetch_add(1) < settings.streams) return true;
    --streams_;
    return false;
  }
  void end_stream() { --streams_; }

  void add(HttpConnection& one);
  void remove(HttpConnection& one);
  [[nodiscard]] std::size_t count() const { return count_; }
  /// Of those: whose request is being handled.
  [[nodiscard]] std::size_t busy() const { return busy_; }

  /// It waits for a request from now on, whole or not; none of it is being handled.
  void waits(HttpConnection& one);
  void is_busy(HttpConnection& one);
  /// Has the one give way that has waited longest. False: none waits.
  bool make_room();

 private:
  std::atomic<std::size_t> count_ = 0;
  std::atomic<std::size_t> busy_ = 0;
  std::atomic<std::size_t> streams_ = 0;
  std::mutex mutex_;
  std::list<HttpConnection*> all_;  ///< those that wait: the longest first
};

}  // namespace camfleet::api
