#include "runtime/net/http_transfer.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include <unistd.h>

#include "runtime/net/http_handles.hpp"

namespace camfleet::net {
namespace {

constexpr int most_hops = 8;

/// What comes faster than it is read waits at its sender beyond this.
constexpr std::size_t most_waiting = 256U << 10U;

constexpr const char* user_agent = "camfleet";

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_http(std::string_view url) {
  return url.starts_with("http://") || url.starts_with("https://");
}

/// Takes "user:password" out of a URL. None: it is no URL.
bool take_login(std::string& url, std::string& login) {
  const CurlPtr<CURLU> parts(curl_url());
  if (parts == nullptr ||
      curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), CURLU_URLENCODE | CURLU_ALLOW_SPACE) != CURLUE_OK)
    return false;
  login.clear();
  for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD}) {
    char* text = nullptr;
    const bool is_there = curl_url_get(parts.get(), part, &text, CURLU_URLDECODE) == CURLUE_OK;
    const CurlPtr<char> owner(text);
    if (part == CURLUPART_PASSWORD && (is_there || !login.empty())) login += ':';
    if (is_there) login += text;
    curl_url_set(parts.get(), part, nullptr, 0);
  }
  char* plain = nullptr;
  if (curl_url_get(parts.get(), CURLUPART_URL, &plain, 0) != CURLUE_OK) return false;
  url = CurlPtr<char>(plain).get();
  return true;
}

std::string range_text(const HttpRange& range) {
  return std::to_string(range.first) + "-" + (range.end ? std::to_string(*range.end - 1) : "");
}

}  // namespace

struct HttpTransfer::Easy {
  CurlPtr<CURL> handle;
  std::array<char, CURL_ERROR_SIZE> words{};
};

HttpTransfer::HttpTransfer(HttpClient& client) : client_(&client), easy_(std::make_unique<Easy>()) {}

HttpTransfer::~HttpTransfer() {
  leave();
}

void HttpTransfer::leave() {
  if (easy_->handle != nullptr) curl_multi_remove_handle(client_->handles_->multi.get(), easy_->handle.get());
  easy_->handle.reset();
}

result<void> HttpTransfer::open(const std::string& url, const HttpRange& range) {
  // Who was led astray once is not followed any more.
  if (!client_->refusal_.empty()) return fail(Errc::forbidden, "", client_->refusal_);
  url_ = url;
  was_redirected_ = false;
  HostPort before;
  for (int hop = 0; hop <= most_hops; ++hop) {
    if (!is_http(url_)) return fail(Errc::unsupported, "", "leads to what is neither http:// nor https://");
    const std::string login = login_;
    if (!take_login(url_, login_)) return fail(Errc::unreachable, "", "leads to what is no URL");
    CAMFLEET_TRY(asked_, host_of(url_));
    if (hop > 0 && login_.empty() && asked_ == before) login_ = login;
    before = asked_;
    CAMFLEET_CHECK(ask(range));
    CAMFLEET_CHECK(wait_for_head());
    if (!is_redirect(head_.status())) break;
    char* next = nullptr;
    curl_easy_getinfo(easy_->handle.get(), CURLINFO_REDIRECT_URL, &next);
    if (next == nullptr) break;
    url_ = next;
    was_redirected_ = true;
    leave();
    if (hop == most_hops) return fail(Errc::unreachable, "", "leads elsewhere again and again");
  }
  if (head_.status() >= 200 && head_.status() < 300) return success();
  leave();
  return fail(Errc::unreachable, "", "HTTP error " + std::to_string(head_.status()) + " " + head_.reason());
}

result<void> HttpTransfer::ask(const HttpRange& range) {
  leave();
  head_ = HttpHead();
  body_.clear();
  read_to_ = 0;
  no_socket_.clear();
  ended_.reset();
  paused_ = false;
  easy_->words[0] = '\0';
  easy_->handle.reset(curl_easy_init());
  CURL* const curl = easy_->handle.get();
  if (curl == nullptr) return fail(Errc::limit, "", "no memory for a connection");
  const auto set = [curl](CURLoption option, auto value) { curl_easy_setopt(curl, option, value); };
  set(CURLOPT_URL, url_.c_str());
  set(CURLOPT_PRIVATE, this);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PROXY, "");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_USERAGENT, user_agent);
  set(CURLOPT_SSL_VERIFYPEER, 0L);
  set(CURLOPT_SSL_VERIFYHOST, 0L);
  set(CURLOPT_SHARE, client_->handles_->share.get());
  set(CURLOPT_COOKIEFILE, "");
  set(CURLOPT_ERRORBUFFER, easy_->words.data());
  if (!login_.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC | CURLAUTH_DIGEST));
    set(CURLOPT_USERPWD, login_.c_str());
  }
  if (range.is_asked) set(CURLOPT_RANGE, range_text(range).c_str());
  using Write = std::size_t (*)(char*, std::size_t, std::size_t, void*);
  const Write on_head = [](char* bytes, std::size_t, std::size_t count, void* self) {
    static_cast<HttpTransfer*>(self)->head_.take({bytes, count});
    return count;
  };
  const Write on_body = [](char* bytes, std::size_t, std::size_t count, void* self) {
    return static_cast<HttpTransfer*>(self)->take_body(bytes, count);
  };
  set(CURLOPT_HEADERFUNCTION, on_head);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  const curl_opensocket_callback on_socket = [](void* self, curlsocktype,
                                                curl_sockaddr* to) -> curl_socket_t {
    return static_cast<HttpTransfer*>(self)->open_socket(to->family, to->socktype, to->protocol, to->addr);
  };
  set(CURLOPT_OPENSOCKETFUNCTION, on_socket);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  if (curl_multi_add_handle(client_->handles_->multi.get(), curl) != CURLM_OK)
    return fail(Errc::limit, "", "no memory for a connection");
  return success();
}

int HttpTransfer::open_socket(int family, int type, int protocol, const sockaddr& address) {
  if (auto checked = client_->reach_.check(asked_, address); !checked.has_value()) {
    no_socket_ = client_->refusal_ = checked.error().what;
    return CURL_SOCKET_BAD;
  }
  const int made = ::socket(family, type | SOCK_CLOEXEC, protocol);
  if (made < 0) no_socket_ = std::string("no socket: ") + std::strerror(errno);
  return made;
}

std::size_t HttpTransfer::take_body(const char* bytes, std::size_t count) {
  if (body_.size() - read_to_ >= most_waiting) {
    paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  body_.append(bytes, count);
  return count;
}

result<void> HttpTransfer::wait_for_head() {
  while (!has_come()) CAMFLEET_CHECK(client_->go_on(*this));
  return ended_.value_or(CURLE_OK) == CURLE_OK ? result<void>(success()) : failure();
}

result<void> HttpTransfer::failure() const {
  if (!client_->refusal_.empty()) return fail(Errc::forbidden, "", client_->refusal_);
  if (!no_socket_.empty()) return fail(Errc::limit, "", no_socket_);
  const auto code = static_cast<CURLcode>(ended_.value_or(CURLE_OK));
  return fail(Errc::unreachable, "",
              easy_->words[0] != '\0' ? easy_->words.data() : curl_easy_strerror(code));
}

result<std::size_t> HttpTransfer::read(std::span<std::uint8_t> into) {
  while (read_to_ == body_.size()) {
    body_.clear();
    read_to_ = 0;
    if (paused_) {
      paused_ = false;
      curl_easy_pause(easy_->handle.get(), CURLPAUSE_CONT);
      continue;
    }
    if (ended_ && *ended_ == CURLE_OK) return std::size_t{0};
    if (ended_ || easy_->handle == nullptr) return BOOST_OUTCOME_V2_NAMESPACE::failure(failure().error());
    CAMFLEET_CHECK(client_->go_on(*this));
  }
  const std::size_t count = std::min(into.size(), body_.size() - read_to_);
  std::memcpy(into.data(), body_.data() + read_to_, count);
  read_to_ += count;
  return count;
}

}  // namespace camfleet::net
