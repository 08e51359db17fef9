#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>
#include <poll.h>

#include "runtime/api/http_connections.hpp"
#include "runtime/api/http_message.hpp"
#include "runtime/api/reply_stream.hpp"

namespace camfleet::api {

/// Sends the pieces of a body as they come, over the connection of a session and on its thread, which goes on
/// when they have ended.
template <class Session>
class HttpPieces : public std::enable_shared_from_this<HttpPieces<Session>> {
 public:
  /// One that `all` has let begin. `as_chunks`: else they end with the connection.
  HttpPieces(std::weak_ptr<Session> session, const boost::asio::io_context::executor_type& executor,
             std::shared_ptr<Connections> all, std::shared_ptr<ReplyStream> pieces, bool as_chunks)
      : timer_(executor),
        session_(std::move(session)),
        all_(std::move(all)),
        pieces_(std::move(pieces)),
        as_chunks_(as_chunks) {}
  ~HttpPieces() {
    abandon();
    all_->end_stream();
  }
  HttpPieces(const HttpPieces&) = delete;
  HttpPieces& operator=(const HttpPieces&) = delete;

  void run() {
    const auto held = session_.lock();
    if (held == nullptr) return;
    held->deadline_.clear();
    watch_caller(held);
    // The session is not held: its end would call the stream, which is locked while it wakes.
    pieces_->listen([weak = this->weak_from_this(), executor = held->get_executor()] {
      boost::asio::post(executor, [weak] {
        if (const auto self = weak.lock()) self->send();
      });
    });
  }
  /// Whoever makes them hears that nobody reads them any more.
  void abandon() { pieces_->abandon(); }

 private:
  using error_code = boost::system::error_code;
  using Clock = std::chrono::steady_clock;
  using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>,
                                                  boost::asio::io_context::executor_type>;

  void send() {
    const auto session = session_.lock();
    if (session == nullptr || is_sending_ || is_last_) return;
    ReplyStream::Taken taken = pieces_->take();
    // Without a last chunk a client knows that this was not all.
    if (taken.is_cut_off) return session->close();
    is_last_ = taken.is_last;
    text_ = as_chunks_ && !taken.bytes.empty() ? chunk_text(taken.bytes) : std::move(taken.bytes);
    if (as_chunks_ && is_last_) text_ += last_chunk;
    if (text_.empty()) return is_last_ ? end(*session) : void();
    is_sending_ = true;
    session->expires(session->all_->settings.request_time);
    boost::asio::async_write(
        session->stream_, boost::asio::buffer(text_),
        [self = this->shared_from_this(), session](const error_code& error, std::size_t) {
          self->is_sending_ = false;
          session->deadline_.clear();
          if (error) return session->close();
          if (self->is_last_) return self->end(*session);
          self->send();
        });
  }

  void end(Session& session) {
    session.sender_ = nullptr;
    session.is_sent();
  }

  /// One who has gone would be noticed with the next piece alone. What it has to say besides is read when the
  /// pieces have ended. Meanwhile this is what keeps the session.
  void watch_caller(const std::shared_ptr<Session>& session) {
    timer_.expires_after(look_again);
    timer_.async_wait([weak = this->weak_from_this(), session](const error_code& error) {
      const auto self = weak.lock();
      if (error || self == nullptr) return;
      if (has_gone(session->stream_.lowest_layer().native_handle())) return session->close();
      self->watch_caller(session);
    });
  }
  static bool has_gone(int socket) {
    pollfd asked{socket, POLLRDHUP, 0};
    return ::poll(&asked, 1, 0) > 0;
  }

  static constexpr auto look_again = std::chrono::milliseconds(500);
  static constexpr const char* last_chunk = "0\r\n\r\n";

  Timer timer_;
  std::weak_ptr<Session> session_;
  std::shared_ptr<Connections> all_;
  std::shared_ptr<ReplyStream> pieces_;
  bool as_chunks_;
  bool is_sending_ = false;
  bool is_last_ = false;
  std::string text_;
};

}  // namespace camfleet::api
