#include "runtime/api/http_client.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>

#include "actors/base/text.hpp"
#include "runtime/net/http_handles.hpp"

namespace camfleet::api {
namespace {

/// Small, so that little time passes between the look for an answer and the sending.
constexpr std::size_t piece_bytes = 4096;

/// The reason alone of "OpenSSL/3.0.19: error:0A00010B:SSL routines::wrong version number".
std::string handshake_words(const std::string& words) {
  constexpr std::string_view before = "SSL routines::";
  if (words.find("SSL_ERROR_SYSCALL") != std::string::npos) return "the connection ended in its handshake";
  const std::size_t at = words.find(before);
  return at == std::string::npos ? words : words.substr(at + before.size());
}

/// One exchange. What curl calls back notes how far it came, which says what went wrong.
class Exchange {
 public:
  Exchange(const Endpoint& endpoint, const HttpQuery& query, const HttpClientSettings& settings)
      : endpoint_(endpoint), query_(query), settings_(settings) {}

  result<HttpAnswer> run() {
    curl_.reset(curl_easy_init());
    if (curl_ == nullptr || !add_header("Content-Type: " + query_.content_type) ||
        !add_header("Connection: close") || !add_header("Accept:") || !add_header("Expect:"))
      return fail(Errc::limit, endpoint_.text(), "no memory for a connection");
    set_request();
    set_connection();
    set_callbacks();
    const CURLcode code = curl_easy_perform(curl_.get());
    // Curl calls it success, too, when the connection ends within a header.
    const bool is_whole = code == CURLE_OK && has_head_ && status() >= 200;
    if (!is_whole && !has_announced_body()) return broken(code);
    const char* type = nullptr;
    curl_easy_getinfo(curl_.get(), CURLINFO_CONTENT_TYPE, &type);
    return HttpAnswer{status(), type == nullptr ? "" : type, std::move(body_)};
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    // By its sign a lambda becomes the function that curl takes.
    curl_easy_setopt(curl_.get(), option, +value);
  }

  /// A line of the request's header; "Name:" takes away one of curl's own.
  bool add_header(const std::string& line) {
    curl_slist* const longer = curl_slist_append(header_.get(), line.c_str());
    if (header_ == nullptr) header_.reset(longer);
    return longer != nullptr;
  }

  void set_request() {
    set(CURLOPT_URL, endpoint_.text().c_str());
    set(CURLOPT_REQUEST_TARGET, endpoint_.path.c_str());
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_USERAGENT, "camfleet");
    set(CURLOPT_HTTPHEADER, header_.get());
    set(CURLOPT_POST, 1L);
    set(CURLOPT_CUSTOMREQUEST, query_.method.c_str());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(query_.body.size()));
  }

  void set_connection() {
    set(CURLOPT_ERRORBUFFER, words_.data());
    set(CURLOPT_NOSIGNAL, 1L);
    // A name server that says nothing is not waited for at the end.
    set(CURLOPT_QUICK_EXIT, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_PROXY, "");
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
    set(CURLOPT_HTTP09_ALLOWED, 0L);
    // 0 would be no limit.
    set(CURLOPT_CONNECTTIMEOUT_MS,
        std::max(1L, static_cast<long>(ceil_div(settings_.connect_time, milliseconds(1)))));
    set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(settings_.body_bytes));
  }

  void set_callbacks() {
    set(CURLOPT_HEADERFUNCTION, [](char* bytes, std::size_t, std::size_t count, void* self) {
      return of(self).take_header({bytes, count});
    });
    set(CURLOPT_WRITEFUNCTION, [](char* bytes, std::size_t, std::size_t count, void* self) {
      return of(self).take_body({bytes, count});
    });
    set(CURLOPT_READFUNCTION,
        [](char* into, std::size_t, std::size_t room, void* self) { return of(self).give_body(into, room); });
    // Where a host has several addresses, mostly the last one that is tried is the one that answers.
    set(CURLOPT_SOCKOPTFUNCTION, [](void* self, curl_socket_t socket, curlsocktype) -> int {
      of(self).socket_ = socket;
      return CURL_SOCKOPT_OK;
    });
    set(CURLOPT_SSL_CTX_FUNCTION,
        [](CURL*, void* context, void* self) { return of(self).trust(static_cast<SSL_CTX*>(context)); });
    set(CURLOPT_PREREQFUNCTION, [](void* self, char*, char*, int, int) -> int {
      of(self).begun_ = Clock::now();
      return CURL_PREREQFUNC_OK;
    });
    set(CURLOPT_XFERINFOFUNCTION, [](void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) -> int {
      return of(self).may_go_on() ? 0 : 1;
    });
    for (const CURLoption data :
         {CURLOPT_HEADERDATA, CURLOPT_WRITEDATA, CURLOPT_READDATA, CURLOPT_SOCKOPTDATA, CURLOPT_SSL_CTX_DATA,
          CURLOPT_PREREQDATA, CURLOPT_XFERINFODATA})
      set(data, static_cast<void*>(this));
    set(CURLOPT_NOPROGRESS, 0L);
  }

  static Exchange& of(void* self) { return *static_cast<Exchange*>(self); }

  /// What OpenSSL trusts by itself, and the CA beside it.
  CURLcode trust(SSL_CTX* tls) {
    shakes_hands_ = true;
    SSL_CTX_set_default_verify_paths(tls);
    if (settings_.ca.empty()) return CURLE_OK;
    ERR_clear_error();
    if (SSL_CTX_load_verify_file(tls, settings_.ca.c_str()) == 1) return CURLE_OK;
    const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
    bad_ca_ = reason == nullptr ? "it cannot be read" : reason;
    return CURLE_SSL_CACERT_BADFILE;
  }

  /// What curl hands over, and how much of it was taken: less ends it.
  std::size_t take_header(std::string_view line) {
    // An answer may come after provisional ones, and its trailer after its body.
    const bool begins = line.starts_with("HTTP/");
    is_other_version_ = begins && !line.starts_with("HTTP/1.");
    if (begins) has_head_ = false;
    if (line == "\r\n" || line == "\n") has_head_ = true;
    header_bytes_ += line.size();
    return is_other_version_ || header_bytes_ > settings_.header_bytes ? 0 : line.size();
  }

  std::size_t take_body(std::string_view bytes) {
    is_body_large_ = bytes.size() > settings_.body_bytes - body_.size();
    if (is_body_large_) return 0;
    body_ += bytes;
    return bytes.size();
  }

  /// The next piece of the request. A server may answer and close before it has read everything, and to send
  /// more then fails before curl has read the answer. So whoever runs on this core and may be that server
  /// goes first, what has come is read first, and once it refuses nothing more is sent.
  std::size_t give_body(char* into, std::size_t room) {
    if (has_head_ && status() >= 300) return 0;
    const std::size_t count = query_.body.copy(into, std::min(room, piece_bytes), given_);
    std::this_thread::yield();
    pollfd socket{socket_, POLLIN, 0};
    is_paused_ = !is_paused_ && poll(&socket, 1, 0) > 0 && (socket.revents & POLLIN) != 0;
    if (is_paused_) return CURL_READFUNC_PAUSE;
    given_ += count;
    return count;
  }

  bool may_go_on() {
    // What there was to read has been read.
    if (is_paused_) curl_easy_pause(curl_.get(), CURLPAUSE_CONT);
    is_late_ = begun_ && Clock::now() - *begun_ >= settings_.answer_time;
    // Nobody waits for the rest of a request that was answered.
    return !is_late_ && !has_announced_body();
  }

  unsigned status() const {
    long status = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
    return static_cast<unsigned>(status);
  }

  bool has_announced_body() const {
    curl_off_t announced = -1;
    curl_easy_getinfo(curl_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    return has_head_ && status() >= 200 && announced >= 0 &&
           body_.size() == static_cast<std::size_t>(announced);
  }

  result<HttpAnswer> broken(CURLcode code) const {
    if (!begun_) return unconnected(code);
    // A line of a header that is longer than curl takes is memory that it does not have.
    if (header_bytes_ > settings_.header_bytes || (code == CURLE_OUT_OF_MEMORY && !has_head_))
      return too_large("the header of its answer", settings_.header_bytes);
    if (is_body_large_ || code == CURLE_FILESIZE_EXCEEDED)
      return too_large("its answer", settings_.body_bytes);
    if (is_late_)
      return late(is_sent() ? "did not answer" : "did not take the request", settings_.answer_time);
    std::string why = code == CURLE_OK ? "the connection ended in its header" : words(code);
    if (is_other_version_) why = "its version is another one";
    // To curl it is an answer without a header then, as HTTP/0.9 had it.
    if (code == CURLE_UNSUPPORTED_PROTOCOL) why = "it begins with no status line";
    // Curl has no code of its own for chunks that are none.
    if (is_other_version_ || code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY ||
        code == CURLE_BAD_CONTENT_ENCODING || why.ends_with("in chunked-encoding"))
      return corrupt("what it answers is not HTTP: " + why);
    return unreachable("broke off before its answer was whole: " + why);
  }

  /// Why no request was sent.
  result<HttpAnswer> unconnected(CURLcode code) const {
    if (!bad_ca_.empty())
      return fail(Errc::unreadable, settings_.ca.string(), "is no file of PEM certificates: " + bad_ca_);
    if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_URL_MALFORMAT)
      return unreachable("no such host: " + words(code));
    if (code == CURLE_OPERATION_TIMEDOUT)
      return late(shakes_hands_ ? "ended no TLS handshake" : "took no connection", settings_.connect_time);
    if (code == CURLE_PEER_FAILED_VERIFICATION) return untrusted();
    if (shakes_hands_)
      return unreachable("no TLS: " + handshake_words(words(code)) + "; does it speak https?");
    long number = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_OS_ERRNO, &number);
    return unreachable("cannot be reached: " +
                       (number == 0 ? words(code) : std::strerror(static_cast<int>(number))));
  }

  result<HttpAnswer> untrusted() const {
    long verdict = X509_V_OK;
    curl_easy_getinfo(curl_.get(), CURLINFO_SSL_VERIFYRESULT, &verdict);
    // Where OpenSSL has nothing to say against it, it is another host's.
    if (verdict == X509_V_OK || verdict == X509_V_ERR_UNSPECIFIED)
      return unreachable("its certificate is of another host: " + words(CURLE_PEER_FAILED_VERIFICATION));
    return unreachable(std::string("its certificate is not trusted: ") +
                       X509_verify_cert_error_string(verdict) + "; name its CA with --ca");
  }

  bool is_sent() const {
    curl_off_t sent = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_SIZE_UPLOAD_T, &sent);
    return static_cast<std::size_t>(sent) == query_.body.size();
  }

  std::string words(CURLcode code) const {
    return words_[0] != '\0' ? words_.data() : curl_easy_strerror(code);
  }

  auto corrupt(const std::string& what) const -> decltype(fail(Errc::corrupt, "", what)) {
    return fail(Errc::corrupt, endpoint_.text(), what);
  }
  auto too_large(const std::string& what, std::uint64_t limit) const -> decltype(corrupt(what)) {
    return corrupt(what + " is larger than " + std::to_string(limit) + " bytes");
  }
  auto unreachable(const std::string& what) const -> decltype(fail(Errc::unreachable, "", what)) {
    return fail(Errc::unreachable, endpoint_.text(), what);
  }
  auto late(const std::string& what, Duration limit) const -> decltype(fail(Errc::timed_out, "", what)) {
    return fail(Errc::timed_out, endpoint_.text(), what + " within " + to_seconds(limit) + " s");
  }

  using Clock = std::chrono::steady_clock;

  const Endpoint& endpoint_;
  const HttpQuery& query_;
  const HttpClientSettings& settings_;
  std::array<char, CURL_ERROR_SIZE> words_{};
  net::CurlPtr<curl_slist> header_;
  net::CurlPtr<CURL> curl_;  ///< ends before what it was given
  curl_socket_t socket_ = CURL_SOCKET_BAD;
  std::string bad_ca_;  ///< what is wrong with the CA; none: nothing
  bool shakes_hands_ = false;
  std::optional<Clock::time_point> begun_;  ///< when it was connected
  std::size_t given_ = 0;                   ///< bytes of the request's body
  bool is_paused_ = false;
  bool is_late_ = false;
  bool is_other_version_ = false;
  bool has_head_ = false;  ///< the last header that began is whole
  std::uint64_t header_bytes_ = 0;
  bool is_body_large_ = false;
  std::string body_;
};

}  // namespace

result<HttpAnswer> http_request(const Endpoint& endpoint, const HttpQuery& query,
                                const HttpClientSettings& settings) {
  return Exchange(endpoint, query, settings).run();
}

}  // namespace camfleet::api
