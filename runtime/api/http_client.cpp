#include "runtime/api/http_client.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "actors/base/text.hpp"

namespace camfleet::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

bool is_ip(const std::string& host) {
  error_code error;
  asio::ip::make_address(host, error);
  return !error;
}

std::string host_text(const Endpoint& endpoint) {
  return endpoint.host.find(':') == std::string::npos ? endpoint.host : "[" + endpoint.host + "]";
}

/// The value of the Host header, and what follows the scheme in a URL.
std::string authority(const Endpoint& endpoint) {
  const std::uint16_t usual = endpoint.is_tls ? 443 : 80;
  return host_text(endpoint) + (endpoint.port == usual ? "" : ":" + std::to_string(endpoint.port));
}

/// One exchange. Every step runs the context until the step has ended or its deadline has come.
class Exchange {
 public:
  Exchange(const Endpoint& endpoint, const HttpClientSettings& settings)
      : endpoint_(endpoint), settings_(settings), tls_(asio::ssl::context::tls_client) {}

  result<HttpAnswer> run(const HttpQuery& query) {
    if (!endpoint_.is_tls) {
      beast::tcp_stream stream(context_);
      CAMFLEET_CHECK(connect(stream));
      return talk(stream, query);
    }
    CAMFLEET_CHECK(trust());
    beast::ssl_stream<beast::tcp_stream> stream(context_, tls_);
    CAMFLEET_CHECK(connect(beast::get_lowest_layer(stream)));
    CAMFLEET_CHECK(shake_hands(stream));
    return talk(stream, query);
  }

 private:
  template <class Start>
  error_code step(Start start) {
    std::optional<error_code> done;
    start([&done](const error_code& error, const auto&...) { done = error; });
    context_.restart();
    context_.run();
    return done.value_or(asio::error::operation_aborted);
  }

  result<void> trust() {
    error_code error;
    tls_.set_default_verify_paths(error);
    if (!settings_.ca.empty()) {
      tls_.load_verify_file(settings_.ca.string(), error);
      if (error)
        return fail(Errc::unreadable, settings_.ca.string(),
                    "is no file of PEM certificates: " + error.message());
    }
    tls_.set_verify_mode(asio::ssl::verify_peer, error);
    tls_.set_verify_callback(asio::ssl::host_name_verification(endpoint_.host), error);
    return success();
  }

  result<void> connect(beast::tcp_stream& stream) {
    tcp::resolver resolver(context_);
    error_code error;
    const auto places = resolver.resolve(endpoint_.host, std::to_string(endpoint_.port), error);
    if (error) return unreachable("no such host: " + error.message());
    stream.expires_after(settings_.connect_time);
    error = step([&](auto handler) { stream.async_connect(places, std::move(handler)); });
    if (error == beast::error::timeout) return late("took no connection", settings_.connect_time);
    if (error) return unreachable("cannot be reached: " + error.message());
    stream.socket().set_option(tcp::no_delay(true), error);
    return success();
  }

  result<void> shake_hands(beast::ssl_stream<beast::tcp_stream>& stream) {
    // An address is no server name (RFC 6066, section 3).
    if (!is_ip(endpoint_.host)) SSL_set_tlsext_host_name(stream.native_handle(), endpoint_.host.c_str());
    const error_code error = step(
        [&](auto handler) { stream.async_handshake(asio::ssl::stream_base::client, std::move(handler)); });
    if (!error) return success();
    if (error == beast::error::timeout) return late("ended no TLS handshake", settings_.connect_time);
    if (const long verdict = SSL_get_verify_result(stream.native_handle()); verdict != X509_V_OK)
      return unreachable(std::string("its certificate is not trusted: ") +
                         X509_verify_cert_error_string(verdict) + "; name its CA with --ca");
    return unreachable("no TLS: " + error.message() + "; does it speak https?");
  }

  template <class Stream>
  result<HttpAnswer> talk(Stream& stream, const HttpQuery& query) {
    http::request<http::string_body> request;
    request.version(11);
    request.method_string(query.method);
    request.target(endpoint_.path);
    request.set(http::field::host, authority(endpoint_));
    request.set(http::field::user_agent, "camfleet");
    request.set(http::field::content_type, query.content_type);
    request.keep_alive(false);
    request.body() = query.body;
    request.prepare_payload();
    auto& lowest = beast::get_lowest_layer(stream);
    lowest.expires_after(settings_.answer_time);
    // A server may answer and close before it has read everything: its answer counts.
    const error_code sent = step([&](auto handler) { http::async_write(stream, request, handler); });
    if (sent == beast::error::timeout) return late("did not take the request", settings_.answer_time);
    http::response_parser<http::string_body> parser;
    parser.header_limit(settings_.header_bytes);
    parser.body_limit(settings_.body_bytes);
    beast::flat_buffer buffer;
    error_code read = step([&](auto handler) { http::async_read_header(stream, buffer, parser, handler); });
    // Beast makes room for the announced length before it looks at the limit.
    if (!read && parser.content_length() && *parser.content_length() > settings_.body_bytes)
      read = http::error::body_limit;
    if (!read) read = step([&](auto handler) { http::async_read(stream, buffer, parser, handler); });
    lowest.close();
    if (read && !parser.is_done()) return broken(sent ? sent : read);
    http::response<http::string_body> response = parser.release();
    return HttpAnswer{response.result_int(), std::string(response[http::field::content_type]),
                      std::move(response.body())};
  }

  result<HttpAnswer> broken(const error_code& error) const {
    if (error == beast::error::timeout) return late("did not answer", settings_.answer_time);
    if (error == http::error::body_limit)
      return fail(Errc::corrupt, endpoint_.text(),
                  "its answer is larger than " + std::to_string(settings_.body_bytes) + " bytes");
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
      return fail(
          Errc::corrupt, endpoint_.text(),
          "the header of its answer is larger than " + std::to_string(settings_.header_bytes) + " bytes");
    const bool is_cut = error == http::error::end_of_stream || error == http::error::partial_message;
    if (!is_cut && error.category() == make_error_code(http::error::bad_method).category())
      return fail(Errc::corrupt, endpoint_.text(), "what it answers is not HTTP: " + error.message());
    return unreachable("broke off before its answer was whole: " + error.message());
  }

  auto unreachable(const std::string& what) const -> decltype(fail(Errc::unreachable, "", what)) {
    return fail(Errc::unreachable, endpoint_.text(), what);
  }
  auto late(const std::string& what, Duration limit) const -> decltype(fail(Errc::timed_out, "", what)) {
    return fail(Errc::timed_out, endpoint_.text(), what + " within " + to_seconds(limit) + " s");
  }

  const Endpoint& endpoint_;
  const HttpClientSettings& settings_;
  asio::io_context context_;
  asio::ssl::context tls_;
};

result<std::uint16_t> port_of(std::string_view text) {
  const auto port = parse_int(text);
  if (!port || *port < 1 || *port > 65535)
    return fail(Errc::invalid_field, "", quote(text) + " is no port; write a number from 1 to 65535");
  return static_cast<std::uint16_t>(*port);
}

bool is_visible(char c) {
  return c > ' ' && c < '\x7f';
}

}  // namespace

std::string Endpoint::text() const {
  return (is_tls ? "https://" : "http://") + authority(*this) + (path == "/" ? "" : path);
}

result<Endpoint> parse_endpoint(std::string_view url) {
  constexpr std::string_view plain = "http://";
  constexpr std::string_view secure = "https://";
  const auto wrong = [](const std::string& what) { return fail(Errc::invalid_field, "", what); };
  Endpoint endpoint;
  endpoint.is_tls = url.starts_with(secure);
  const std::string_view rest = endpoint.is_tls          ? url.substr(secure.size())
                                : url.starts_with(plain) ? url.substr(plain.size())
                                                         : "";
  std::string_view place = rest.substr(0, rest.find('/'));
  if (place.find('@') != std::string_view::npos)
    return wrong("holds a user or password, which the API does not take; leave it out");
  if (!std::ranges::all_of(rest, is_visible) || rest.find_first_of("?#") != std::string_view::npos ||
      place.empty())
    return wrong(quote(url) + " is no endpoint; write one like http://127.0.0.1:8080");
  if (place.size() < rest.size()) endpoint.path = rest.substr(place.size());
  const std::size_t bracket = place.find(']');
  const bool is_v6 = place.front() == '[' && bracket != std::string_view::npos;
  const std::size_t colon = place.find(':', is_v6 ? bracket : 0);
  endpoint.host = is_v6 ? place.substr(1, bracket - 1) : place.substr(0, colon);
  if (endpoint.host.empty())
    return wrong(quote(url) + " names no host; write one like http://127.0.0.1:8080");
  endpoint.port = endpoint.is_tls ? 443 : 80;
  if (colon != std::string_view::npos) {
    CAMFLEET_TRY(endpoint.port, port_of(place.substr(colon + 1)));
  }
  return endpoint;
}

result<HttpAnswer> http_request(const Endpoint& endpoint, const HttpQuery& query,
                                const HttpClientSettings& settings) {
  return Exchange(endpoint, settings).run(query);
}

}  // namespace camfleet::api
