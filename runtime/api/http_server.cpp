#include "runtime/api/http_server.hpp"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <unistd.h>

#include "runtime/api/http_request.hpp"

namespace camfleet::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

struct Shared {
  HttpServer::Settings settings;
  HttpServer::Handle handle;
  HttpServer::Refuse refuse;
  std::atomic<std::size_t> connections = 0;
};

std::optional<ApiError> fault_of(const error_code& error) {
  if (error == http::error::body_limit)
    return ApiError{413, "RequestEntityTooLarge", "The body is larger than 16 MiB."};
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return ApiError{431, "RequestHeaderTooLarge", "The header is larger than 16 KiB."};
  if (error == beast::error::timeout)
    return ApiError{408, "RequestTimeout", "The request did not come whole within 20 s."};
  if (error.category() == make_error_code(http::error::bad_method).category() &&
      error != http::error::end_of_stream && error != http::error::partial_message)
    return ApiError{400, "InvalidRequest", "This is not HTTP/1.1: " + error.message() + "."};
  return std::nullopt;
}

/// One connection; keeps itself alive while something is under way.
template <class Stream>
class Session : public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(Stream stream, std::shared_ptr<Shared> shared)
      : stream_(std::move(stream)), shared_(std::move(shared)), buffer_(64 * 1024) {
    ++shared_->connections;
  }
  ~Session() { --shared_->connections; }

  void run() {
    if constexpr (is_tls) {
      expires(shared_->settings.request_time);
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](const error_code& error) {
                                if (!error) self->wait_for_request();
                              });
    } else {
      wait_for_request();
    }
  }

 private:
  static constexpr Duration longest_drain = seconds(5);
  static constexpr bool is_tls = !std::is_same_v<Stream, beast::tcp_stream>;

  void expires(Duration after) { beast::get_lowest_layer(stream_).expires_after(after); }

  void wait_for_request() {
    parser_.emplace();
    parser_->header_limit(shared_->settings.header_bytes);
    parser_->body_limit(shared_->settings.body_bytes);
    if (buffer_.size() > 0) return read();
    expires(shared_->settings.idle_time);
    // The first bytes apart: only then the request's own time begins.
    stream_.async_read_some(buffer_.prepare(4096),
                            [self = this->shared_from_this()](const error_code& error, std::size_t size) {
                              if (error) return self->close();
                              self->buffer_.commit(size);
                              self->read();
                            });
  }

  void read() {
    expires(shared_->settings.request_time);
    http::async_read(
        stream_, buffer_, *parser_,
        [self = this->shared_from_this()](const error_code& error, std::size_t) { self->have_read(error); });
  }

  void have_read(const error_code& error) {
    if (error) {
      const auto fault = fault_of(error);
      if (!fault) return close();
      keep_alive_ = false;
      return write(shared_->refuse(*fault));
    }
    auto message = parser_->release();
    keep_alive_ = message.keep_alive();
    version_ = message.version();
    is_head_ = message.method() == http::verb::head;
    beast::get_lowest_layer(stream_).expires_never();
    error_code ignored;
    const auto peer = beast::get_lowest_layer(stream_).socket().remote_endpoint(ignored);
    auto headers = headers_of(message);
    std::size_t header_bytes = message.target().size();
    for (const auto& [name, value] : headers) header_bytes += name.size() + value.size() + 4;
    // The parser's own limit is for what it holds at once.
    if (header_bytes > shared_->settings.header_bytes) {
      keep_alive_ = false;
      return write(shared_->refuse(*fault_of(http::error::header_limit)));
    }
    auto request = request_of(std::string(message.method_string()), std::string(message.target()),
                              std::move(headers), std::move(message.body()));
    if (!request.has_value())
      return write(
          shared_->refuse({400, "InvalidParameter", "Specified parameter " + request.error().line()}));
    request.value().from_loopback = peer.address().is_loopback();
    auto respond = [self = this->shared_from_this()](Reply reply) {
      asio::dispatch(self->stream_.get_executor(),
                     [self, reply = std::move(reply)]() mutable { self->write(std::move(reply)); });
    };
    shared_->handle(std::move(request).value(), std::move(respond));
  }

  static std::vector<std::pair<std::string, std::string>> headers_of(
      const http::request<http::string_body>& message) {
    std::vector<std::pair<std::string, std::string>> headers;
    for (const auto& field : message) {
      std::string name(field.name_string());
      for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      headers.emplace_back(std::move(name), std::string(field.value()));
    }
    return headers;
  }

  void write(Reply reply) {
    response_ = {};
    response_.version(version_);
    response_.result(reply.status);
    response_.set(http::field::server, "camfleet");
    if (!reply.content_type.empty()) response_.set(http::field::content_type, reply.content_type);
    response_.keep_alive(keep_alive_);
    response_.body() = std::move(reply.body);
    response_.prepare_payload();
    if (is_head_) response_.body().clear();
    expires(shared_->settings.request_time);
    http::async_write(stream_, response_,
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
    if constexpr (is_tls) {
      // Says the end, without which a client cannot know that the answer was whole (RFC 8446, section 6.1).
      stream_.async_shutdown([self = this->shared_from_this()](const error_code&) { self->close(); });
    } else {
      error_code ignored;
      beast::get_lowest_layer(stream_).socket().shutdown(tcp::socket::shutdown_send, ignored);
      buffer_.clear();
      drain_more(0);
    }
  }
  void drain_more(std::uint64_t drained) {
    if (drained > 4 * shared_->settings.body_bytes) return close();
    stream_.async_read_some(buffer_.prepare(32 * 1024), [self = this->shared_from_this(), drained](
                                                            const error_code& error, std::size_t size) {
      if (error) return self->close();
      self->drain_more(drained + size);
    });
  }

  void close() {
    error_code ignored;
    beast::get_lowest_layer(stream_).socket().shutdown(tcp::socket::shutdown_both, ignored);
    beast::get_lowest_layer(stream_).close();
  }

  Stream stream_;
  std::shared_ptr<Shared> shared_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  bool keep_alive_ = true;
  bool is_head_ = false;
  unsigned version_ = 11;
};

}  // namespace

class HttpServer::Impl {
 public:
  Impl(const Settings& settings, Handle handle, Refuse refuse)
      : shared_(std::make_shared<Shared>()), acceptor_(context_), again_(context_) {
    shared_->settings = settings;
    shared_->handle = std::move(handle);
    shared_->refuse = std::move(refuse);
  }
  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  result<void> start() {
    const Settings& settings = shared_->settings;
    const std::string place = settings.host + ":" + std::to_string(settings.port);
    error_code error;
    const auto address =
        asio::ip::make_address(settings.host == "localhost" ? "127.0.0.1" : settings.host, error);
    if (error)
      return fail(Errc::invalid_field, place, "is no address to listen on; give one like 127.0.0.1:8080");
    if (!settings.certificate.empty()) CAMFLEET_CHECK(load_certificate());
    const tcp::endpoint endpoint(address, settings.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error)
      return fail(Errc::io, place,
                  "cannot be listened on: " + error.message() + "; give another with --listen");
    accept();
    for (unsigned i = 0; i < settings.threads; ++i) threads_.emplace_back([this] { context_.run(); });
    return success();
  }

  void stop() {
    context_.stop();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  [[nodiscard]] tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

 private:
  result<void> load_certificate() {
    for (const auto& path : {shared_->settings.certificate, shared_->settings.key}) {
      if (::access(path.c_str(), R_OK) != 0)
        return fail(Errc::unreadable, path.string(), std::string("cannot be read: ") + std::strerror(errno));
    }
    tls_.emplace(asio::ssl::context::tls_server);
    error_code error;
    // A service asks nobody for a pass phrase.
    tls_->set_password_callback(
        [](std::size_t, asio::ssl::context::password_purpose) { return std::string(); }, error);
    tls_->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                          asio::ssl::context::no_tlsv1_1,
                      error);
    tls_->use_certificate_chain_file(shared_->settings.certificate.string(), error);
    if (error)
      return fail(Errc::unreadable, shared_->settings.certificate.string(),
                  "is no PEM certificate: " + error.message());
    tls_->use_private_key_file(shared_->settings.key.string(), asio::ssl::context::pem, error);
    if (error)
      return fail(Errc::unreadable, shared_->settings.key.string(),
                  "is no PEM key of it without a pass phrase: " + error.message());
    return success();
  }

  void accept() {
    if (shared_->connections >= shared_->settings.connections) {
      again_.expires_after(std::chrono::milliseconds(20));
      again_.async_wait([this](const error_code& error) {
        if (!error) accept();
      });
      return;
    }
    acceptor_.async_accept(asio::make_strand(context_), [this](const error_code& error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) begin(std::move(socket));
      accept();
    });
  }

  void begin(tcp::socket socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    if (tls_) {
      using Tls = beast::ssl_stream<beast::tcp_stream>;
      std::make_shared<Session<Tls>>(Tls(std::move(socket), *tls_), shared_)->run();
    } else {
      std::make_shared<Session<beast::tcp_stream>>(beast::tcp_stream(std::move(socket)), shared_)->run();
    }
  }

  std::shared_ptr<Shared> shared_;
  asio::io_context context_;
  std::optional<asio::ssl::context> tls_;
  tcp::acceptor acceptor_;
  asio::steady_timer again_;
  std::vector<std::thread> threads_;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

result<std::unique_ptr<HttpServer>> HttpServer::start(const Settings& settings, Handle handle,
                                                      Refuse refuse) {
  auto impl = std::make_unique<Impl>(settings, std::move(handle), std::move(refuse));
  CAMFLEET_CHECK(impl->start());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

std::uint16_t HttpServer::port() const {
  return impl_->endpoint().port();
}
bool HttpServer::is_loopback() const {
  return impl_->endpoint().address().is_loopback();
}
void HttpServer::stop() {
  impl_->stop();
}

}  // namespace camfleet::api
