#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

#include "runtime/api/http_connections.hpp"
#include "runtime/api/http_deadline.hpp"
#include "runtime/api/http_intake.hpp"
#include "runtime/api/http_message.hpp"
#include "runtime/api/http_pieces.hpp"

namespace camfleet::api {

/// One connection, on the one thread of its context; keeps itself alive while something is under way.
template <class Stream>
class HttpSession final : public HttpConnection, public std::enable_shared_from_this<HttpSession<Stream>> {
 public:
  using error_code = boost::system::error_code;

  HttpSession(Stream stream, std::shared_ptr<Connections> all)
      : stream_(std::move(stream)),
        deadline_(stream_.get_executor(), all->settings.request_time),
        all_(std::move(all)),
        intake_(*all_),
        buffer_(most_buffered) {}
  ~HttpSession() override {
    if (is_listed_) all_->remove(*this);
  }
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  /// Once, before run().
  void list() {
    all_->add(*this);
    is_listed_ = true;
  }
  void give_way() override {
    boost::asio::post(get_executor(), [weak = this->weak_from_this()] {
      const auto self = weak.lock();
      if (self != nullptr && !self->is_handling_) self->close();
    });
  }

  [[nodiscard]] auto get_executor() { return stream_.get_executor(); }

  /// Its deadline has passed.
  void is_late() {
    is_late_ = true;
    // Should what is under way have ended just now and gone on, this comes again.
    expires(longest_drain);
    stream_.lowest_layer().cancel(ignored_);
  }

  /// On the thread of its context.
  void run() {
    const auto from = stream_.lowest_layer().remote_endpoint(ignored_).address();
    from_loopback_ = from.is_loopback();
    from_ = from.to_string();
    if constexpr (is_tls) {
      expires(all_->settings.request_time);
      stream_.async_handshake(boost::asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](const error_code& error) {
                                if (error) return self->close();
                                self->wait_for_request();
                              });
    } else {
      wait_for_request();
    }
  }

 private:
  friend class HttpPieces<HttpSession>;
  static constexpr Duration longest_drain = seconds(5);
  static constexpr std::size_t most_buffered = 64UL * 1024;
  static constexpr std::size_t first_read = 4UL * 1024;  ///< a usual request; what an idle connection costs
  static constexpr std::size_t further_read = 16UL * 1024;
  static constexpr bool is_tls = !std::is_same_v<Stream, HttpSocket>;

  void expires(Duration after) { deadline_.set(after, this->weak_from_this()); }

  void wait_for_request() {
    if (is_handling_) all_->waits(*this);
    is_handling_ = false;
    intake_.forget();
    parser_.emplace();
    parser_->header_limit(all_->settings.header_bytes);
    parser_->body_limit(all_->settings.body_bytes);
    parser_->eager(true);
    is_late_ = false;
    is_head_ = false;
    version_ = 11;
    said_continue_ = false;
    if (buffer_.size() > 0) {
      expires(all_->settings.request_time);
      return parse();
    }
    expires(all_->settings.idle_time);
    // The first bytes apart: only then the request's own time begins.
    stream_.async_read_some(buffer_.prepare(first_read),
                            [self = this->shared_from_this()](const error_code& error, std::size_t size) {
                              if (error) return self->close();
                              self->buffer_.commit(size);
                              self->expires(self->all_->settings.request_time);
                              self->parse();
                            });
  }

  /// Takes what has come, and waits for more until the request is whole.
  void parse() {
    error_code error;
    buffer_.consume(parser_->put(buffer_.data(), error));
    if (error == boost::beast::http::error::need_more) error = {};
    const std::size_t room = std::min(further_read, most_buffered - buffer_.size());
    if (!error && !parser_->is_done() && room == 0) error = boost::beast::http::error::buffer_overflow;
    if (error) return refuse(error);
    if (const auto fault = intake_.fault_so_far(*parser_)) return refuse(*fault);
    if (parser_->is_done()) return handle();
    if (wants_continue()) return say_continue();
    read_more(room);
  }

  void read_more(std::size_t room) {
    stream_.async_read_some(buffer_.prepare(room),
                            [self = this->shared_from_this()](const error_code& failed, std::size_t size) {
                              if (failed)
                                return self->refuse(self->is_late_ ? boost::beast::error::timeout : failed);
                              self->buffer_.commit(size);
                              self->parse();
                            });
  }

  /// Whether the client waits to be told that its body is wanted (RFC 9110, section 10.1.1).
  [[nodiscard]] bool wants_continue() const {
    if (said_continue_ || !parser_->is_header_done() || buffer_.size() > 0) return false;
    return boost::beast::iequals(parser_->get()[boost::beast::http::field::expect], "100-continue");
  }
  void say_continue() {
    static constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
    said_continue_ = true;
    boost::asio::async_write(stream_, boost::asio::buffer(text),
                             [self = this->shared_from_this()](const error_code& error, std::size_t) {
                               if (error) return self->close();
                               self->read_more(further_read);
                             });
  }

  void refuse(const error_code& error) {
    const auto fault = fault_of(error, all_->settings);
    if (!fault) return close();
    refuse(*fault);
  }
  void refuse(const ApiError& fault) {
    keep_alive_ = false;
    write(all_->hooks.refuse(fault));
  }

  void handle() {
    is_handling_ = true;
    all_->is_busy(*this);
    auto message = parser_->release();
    keep_alive_ = message.keep_alive();
    version_ = message.version();
    is_head_ = message.method() == boost::beast::http::verb::head;
    deadline_.clear();
    // The parser's own limit is for what it holds at once.
    if (header_bytes(message) > all_->settings.header_bytes)
      return refuse(boost::beast::http::error::header_limit);
    if (message.body().size() <= all_->settings.small_body_bytes) return handle(std::move(message));
    // Others are answered meanwhile.
    const auto large = std::make_shared<HttpMessage>(std::move(message));
    const auto self = this->shared_from_this();
    const auto handle_it = [self, large] { self->handle(std::move(*large)); };
    const auto refuse_it = [self] { self->respond(self->too_many()); };
    const bool is_taken = all_->large_requests.submit({handle_it, refuse_it, from_});
    if (!is_taken) write(too_many());
  }

  /// On any thread.
  void handle(HttpMessage message) {
    auto request = request_of(std::move(message));
    if (!request.has_value()) return respond(all_->hooks.refuse(fault_of_parameter(request.error())));
    request.value().from_loopback = from_loopback_;
    all_->hooks.handle(std::move(request).value(),
                       [self = this->shared_from_this()](Reply reply) { self->respond(std::move(reply)); });
  }
  void respond(Reply reply) {
    boost::asio::dispatch(stream_.get_executor(), [self = this->shared_from_this(),
                                                   reply = std::move(reply)] { self->write(reply); });
  }
  Reply too_many() {
    return all_->hooks.refuse({503, "ServiceUnavailable", "Too many large requests wait to be looked at."});
  }

  void write(const Reply& reply) {
    if (reply.stream != nullptr && is_head_) reply.stream->abandon();
    const bool is_streamed = reply.stream != nullptr && !is_head_;
    if (is_streamed && !all_->begin_stream()) {
      reply.stream->abandon();
      return write(all_->hooks.refuse({503, "ServiceUnavailable", "Too many answers are streamed already."}));
    }
    // Of 1.0 the end of the connection is the end of the body.
    if (is_streamed && version_ == 10) keep_alive_ = false;
    response_ = response_text(reply, version_, keep_alive_, !is_head_);
    shared_ = is_head_ ? nullptr : reply.bytes;
    if (is_streamed)
      sender_ = std::make_shared<HttpPieces<HttpSession>>(this->weak_from_this(), get_executor(), all_,
                                                          reply.stream, version_ != 10);
    expires(all_->settings.request_time);
    const auto sent = [self = this->shared_from_this()](const error_code& error, std::size_t) {
      if (error) return self->close();
      if (self->sender_ != nullptr) return self->sender_->run();
      self->is_sent();
    };
    if (shared_ == nullptr) return boost::asio::async_write(stream_, boost::asio::buffer(response_), sent);
    const std::array both{boost::asio::buffer(std::as_const(response_)), boost::asio::buffer(*shared_)};
    boost::asio::async_write(stream_, both, sent);
  }
  void is_sent() {
    if (!keep_alive_) return drain();
    wait_for_request();
  }

  /// Takes what the client still sends, within bounds: closing with unread data would take the answer from
  /// it.
  void drain() {
    expires(longest_drain);
    // It gives way to others from now on, and its body is not needed any more.
    if (is_handling_) all_->waits(*this);
    is_handling_ = false;
    intake_.forget();
    parser_.reset();
    if constexpr (is_tls) {
      // Says the end, without which a client cannot know that the answer was whole (RFC 8446, section 6.1).
      stream_.async_shutdown([self = this->shared_from_this()](const error_code&) { self->close(); });
    } else {
      stream_.shutdown(boost::asio::socket_base::shutdown_send, ignored_);
      buffer_.clear();
      drain_more(0);
    }
  }
  void drain_more(std::uint64_t drained) {
    if (drained > 4 * all_->settings.body_bytes) return close();
    stream_.async_read_some(buffer_.prepare(32UL * 1024), [self = this->shared_from_this(), drained](
                                                              const error_code& error, std::size_t size) {
      if (error) return self->close();
      self->drain_more(drained + size);
    });
  }

  void close() {
    deadline_.clear();
    if (sender_ != nullptr) std::exchange(sender_, nullptr)->abandon();
    stream_.lowest_layer().shutdown(boost::asio::socket_base::shutdown_both, ignored_);
    stream_.lowest_layer().close(ignored_);
  }

  Stream stream_;
  HttpDeadline deadline_;
  bool is_listed_ = false;
  bool is_handling_ = false;  ///< from a whole request to its answer
  bool is_late_ = false;      ///< the deadline has passed
  bool said_continue_ = false;
  std::shared_ptr<Connections> all_;
  BodyIntake intake_;
  boost::beast::flat_buffer buffer_;
  std::optional<HttpParser> parser_;
  std::string response_;
  std::shared_ptr<const std::string> shared_;  ///< sent behind it
  std::shared_ptr<HttpPieces<HttpSession>> sender_;
  bool keep_alive_ = true;
  bool is_head_ = false;
  bool from_loopback_ = false;
  std::string from_;  ///< address of the caller
  unsigned version_ = 11;
  error_code ignored_;
};

}  // namespace camfleet::api
