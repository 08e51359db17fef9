#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

#include "runtime/api/http_body.hpp"
#include "runtime/api/http_connections.hpp"
#include "runtime/api/http_request.hpp"
#include "runtime/api/http_server.hpp"

namespace camfleet::api {

/// Of a context that one thread runs: nothing of a connection needs a lock or a strand.
using HttpSocket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;
using HttpParser = boost::beast::http::request_parser<HttpBody>;
using HttpMessage = HttpParser::value_type;

ApiError fault_of_parameter(const Error& error);
ApiError fault_of_body(std::size_t most_bytes);

/// How a request is refused that could not be parsed; none: the connection is just closed.
std::optional<ApiError> fault_of(const boost::system::error_code& error,
                                 const HttpServer::Settings& settings);

/// What is wrong with a header that Beast lets pass (RFC 9112, sections 3.2 and 6.1); none: nothing.
std::optional<ApiError> fault_of_header(const HttpMessage& message);

/// What the request line and the fields of a message take.
std::size_t header_bytes(const HttpMessage& message);

/// Errors: those of the other request_of.
result<Request> request_of(HttpMessage message);

/// Of a message of which the header and a part of the body have come.
result<Request> start_of_request(const HttpMessage& message);

/// An answer as it is sent. `version`: 10 or 11, that of the request.
std::string response_text(const Reply& reply, unsigned version, bool keep_alive, bool with_body);

/// One connection, on the one thread of its context; keeps itself alive while something is under way.
template <class Stream>
class HttpSession final : public HttpConnection, public std::enable_shared_from_this<HttpSession<Stream>> {
 public:
  using error_code = boost::system::error_code;

  HttpSession(Stream stream, std::shared_ptr<Connections> all)
      : stream_(std::move(stream)),
        timer_(stream_.get_executor()),
        all_(std::move(all)),
        buffer_(most_buffered) {}
  ~HttpSession() override {
    forget_body();
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
  using Clock = std::chrono::steady_clock;
  using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>,
                                                  boost::asio::io_context::executor_type>;

  static constexpr Duration longest_drain = seconds(5);
  static constexpr std::size_t most_buffered = 64UL * 1024;
  static constexpr std::size_t first_read = 4UL * 1024;  ///< a usual request; what an idle connection costs
  static constexpr std::size_t further_read = 16UL * 1024;
  static constexpr Clock::time_point never = Clock::time_point::max();
  static constexpr bool is_tls = !std::is_same_v<Stream, HttpSocket>;

  /// Moves the deadline. The timer is left alone unless it would go off too late: a request that is
  /// answered in time sets none.
  void expires(Duration after) {
    deadline_ = Clock::now() + after;
    if (deadline_ < wakes_) watch();
  }
  void watch() {
    wakes_ = std::min(deadline_, Clock::now() + all_->settings.request_time);
    timer_.expires_at(wakes_);
    timer_.async_wait([weak = this->weak_from_this()](const error_code& error) {
      if (error) return;
      if (const auto self = weak.lock()) self->wake();
    });
  }
  void wake() {
    wakes_ = never;
    if (deadline_ == never) return;
    if (Clock::now() < deadline_) return watch();
    is_late_ = true;
    // Should what is under way have ended just now and gone on, this comes again.
    expires(longest_drain);
    stream_.lowest_layer().cancel(ignored_);
  }

  void wait_for_request() {
    if (is_handling_) all_->waits(*this);
    is_handling_ = false;
    forget_body();
    parser_.emplace();
    parser_->header_limit(all_->settings.header_bytes);
    parser_->body_limit(all_->settings.body_bytes);
    parser_->eager(true);
    is_late_ = false;
    is_head_ = false;
    version_ = 11;
    said_continue_ = false;
    most_body_.reset();
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
    if (const auto fault = fault_so_far()) return refuse(*fault);
    if (parser_->is_done()) return handle();
    if (wants_continue()) return say_continue();
    read_more(room);
  }

  /// Of a request whose header has come, and some of its body.
  std::optional<ApiError> fault_so_far() {
    if (!parser_->is_header_done()) return std::nullopt;
    const HttpMessage& message = parser_->get();
    if (auto fault = fault_of_header(message)) return fault;
    const std::uint64_t size = message.body().size();
    // Text grows by doubling.
    const std::uint64_t held = message.body().capacity();
    const std::uint64_t more = held - held_bytes_;
    held_bytes_ = held;
    const std::uint64_t all = all_->body_bytes.fetch_add(more) + more;
    // Small ones have their room by the number of connections.
    if (size <= all_->settings.small_body_bytes) return std::nullopt;
    if (more > 0 && all > all_->settings.all_body_bytes)
      return ApiError{503, "ServiceUnavailable", "The bodies of other requests take all the room there is."};
    if (!most_body_) {
      const auto start = start_of_request(message);
      if (!start.has_value()) return fault_of_parameter(start.error());
      const auto limit = all_->hooks.body_limit(start.value());
      if (!limit.has_value()) return limit.error();
      most_body_ = limit.value();
    }
    return size > *most_body_ ? fault_of_body(*most_body_) : std::optional<ApiError>();
  }
  void forget_body() { all_->body_bytes -= std::exchange(held_bytes_, 0); }

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
    Reply reply = all_->hooks.refuse(fault);
    if (reply.status == 503) reply.retry_after_s = 1;
    write(reply);
  }

  void handle() {
    is_handling_ = true;
    all_->is_busy(*this);
    auto message = parser_->release();
    keep_alive_ = message.keep_alive();
    version_ = message.version();
    is_head_ = message.method() == boost::beast::http::verb::head;
    deadline_ = never;
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
    Reply reply =
        all_->hooks.refuse({503, "ServiceUnavailable", "Too many large requests wait to be looked at."});
    reply.retry_after_s = 1;
    return reply;
  }

  void write(const Reply& reply) {
    response_ = response_text(reply, version_, keep_alive_, !is_head_);
    expires(all_->settings.request_time);
    boost::asio::async_write(stream_, boost::asio::buffer(response_),
                             [self = this->shared_from_this()](const error_code& error, std::size_t) {
                               if (error) return self->close();
                               if (!self->keep_alive_) return self->drain();
                               self->wait_for_request();
                             });
  }

  /// Takes what the client still sends, within bounds: closing with unread data would take the answer from
  /// it.
  void drain() {
    expires(longest_drain);
    // It gives way to others from now on, and its body is not needed any more.
    if (is_handling_) all_->waits(*this);
    is_handling_ = false;
    forget_body();
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
    deadline_ = never;
    stream_.lowest_layer().shutdown(boost::asio::socket_base::shutdown_both, ignored_);
    stream_.lowest_layer().close(ignored_);
  }

  Stream stream_;
  Timer timer_;
  Clock::time_point deadline_ = never;
  Clock::time_point wakes_ = never;       ///< when the timer goes off
  std::uint64_t held_bytes_ = 0;          ///< of the body, counted in all_
  std::optional<std::size_t> most_body_;  ///< none: nobody was asked yet
  bool is_listed_ = false;
  bool is_handling_ = false;  ///< from a whole request to its answer
  bool is_late_ = false;      ///< the deadline has passed
  bool said_continue_ = false;
  std::shared_ptr<Connections> all_;
  boost::beast::flat_buffer buffer_;
  std::optional<HttpParser> parser_;
  std::string response_;
  bool keep_alive_ = true;
  bool is_head_ = false;
  bool from_loopback_ = false;
  std::string from_;  ///< address of the caller
  unsigned version_ = 11;
  error_code ignored_;
};

}  // namespace camfleet::api
