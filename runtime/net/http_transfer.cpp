#include "runtime/net/http_transfer.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include <unistd.h>

#include "actors/base/text.hpp"
#include "runtime/net/http_handles.hpp"

namespace camfleet::net {
namespace {

constexpr int most_hops = 8;

/// What comes faster than it is read waits at its sender beyond this.
constexpr std::size_t most_waiting = 256U << 10U;

constexpr const char* user_agent = "camfleet";

/// Further ones make all be forgotten: a camera needs one or two.
constexpr std::size_t most_cookies = 200;

/// Lists that curl reads as long as a transfer lives.
curl_slist* icy_answers() {
  static curl_slist* const list = curl_slist_append(nullptr, "ICY 200 OK");
  return list;
}
curl_slist* no_encoding_asked() {
  static curl_slist* const list = curl_slist_append(nullptr, "Accept-Encoding:");
  return list;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
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
  CAMFLEET_TRY(url_, parse_http_url(url));
  was_redirected_ = false;
  for (int hop = 0; hop <= most_hops; ++hop) {
    if (client_->must_stop_()) return fail(Errc::timed_out, "", "took too long");
    if (!url_.user.empty() || !url_.password.empty())
      client_->logins_[url_.origin] = {url_.user, url_.password};
    CAMFLEET_CHECK(ask(range));
    CAMFLEET_CHECK(wait_for_head());
    if (!is_redirect(head_.status()) || head_.location().empty()) {
      if (head_.status() >= 200 && head_.status() < 300) return success();
      leave();
      return fail(Errc::unreachable, "",
                  "HTTP error " + std::to_string(head_.status()) + " " + head_.reason());
    }
    leave();
    CAMFLEET_TRY(url_, parse_http_url(head_.location(), url_.text));
    was_redirected_ = true;
  }
  return fail(Errc::unreachable, "", "leads elsewhere again and again");
}

result<void> HttpTransfer::ask(const HttpRange& range) {
  leave();
  head_ = HttpHead();
  body_.clear();
  read_to_ = 0;
  no_socket_.clear();
  refused_.clear();
  ended_.reset();
  paused_ = false;
  easy_->words[0] = '\0';
  easy_->handle.reset(curl_easy_init());
  if (easy_->handle == nullptr) return fail(Errc::limit, "", "no memory for a connection");
  set_options(range);
  set_callbacks();
  if (curl_multi_add_handle(client_->handles_->multi.get(), easy_->handle.get()) != CURLM_OK)
    return fail(Errc::limit, "", "no memory for a connection");
  return success();
}

void HttpTransfer::set_options(const HttpRange& range) {
  const auto set = [curl = easy_->handle.get()](CURLoption option, auto value) {
    curl_easy_setopt(curl, option, value);
  };
  set(CURLOPT_URL, url_.text.c_str());
  set(CURLOPT_PRIVATE, this);
  set(CURLOPT_NOSIGNAL, 1L);
  // A name server that says nothing is not waited for at the end.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PROXY, "");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_HTTP200ALIASES, icy_answers());
  set(CURLOPT_USERAGENT, user_agent);
  // Some servers encode what nobody asked them to.
  if (range.unpacks) set(CURLOPT_ACCEPT_ENCODING, "");
  set(CURLOPT_HTTPHEADER, no_encoding_asked());
  set(CURLOPT_SSL_VERIFYPEER, 0L);
  set(CURLOPT_SSL_VERIFYHOST, 0L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_0));
  set(CURLOPT_SSL_CIPHER_LIST, "DEFAULT@SECLEVEL=0");
  set(CURLOPT_SHARE, client_->handles_->share.get());
  set(CURLOPT_COOKIEFILE, "");
  if (client_->cookies_ > most_cookies) {
    set(CURLOPT_COOKIELIST, "ALL");
    client_->cookies_ = 0;
  }
  set(CURLOPT_ERRORBUFFER, easy_->words.data());
  const auto login = client_->logins_.find(url_.origin);
  has_login_ = login != client_->logins_.end();
  if (has_login_) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC | CURLAUTH_DIGEST));
    set(CURLOPT_USERNAME, login->second.user.c_str());
    set(CURLOPT_PASSWORD, login->second.password.c_str());
  }
  if (range.is_asked) set(CURLOPT_RANGE, range_text(range).c_str());
}

void HttpTransfer::set_callbacks() {
  const auto set = [curl = easy_->handle.get()](CURLoption option, auto value) {
    curl_easy_setopt(curl, option, value);
  };
  using Write = std::size_t (*)(char*, std::size_t, std::size_t, void*);
  const Write on_head = [](char* bytes, std::size_t, std::size_t count, void* self) {
    // Less than has come ends it.
    return static_cast<HttpTransfer*>(self)->take_head({bytes, count}) ? count : 0;
  };
  const Write on_body = [](char* bytes, std::size_t, std::size_t count, void* self) {
    return static_cast<HttpTransfer*>(self)->take_body(bytes, count);
  };
  const curl_opensocket_callback on_socket = [](void* self, curlsocktype,
                                                curl_sockaddr* to) -> curl_socket_t {
    return static_cast<HttpTransfer*>(self)->open_socket(to->family, to->socktype, to->protocol, to->addr);
  };
  set(CURLOPT_HEADERFUNCTION, on_head);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_OPENSOCKETFUNCTION, on_socket);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
}

int HttpTransfer::open_socket(int family, int type, int protocol, const sockaddr& address) {
  if (auto checked = client_->reach_.check(url_.host, address); !checked.has_value()) {
    // Another address of the same name may be within reach.
    refused_ = checked.error().what;
    return CURL_SOCKET_BAD;
  }
  const int made = ::socket(family, type | SOCK_CLOEXEC, protocol);
  if (made < 0) no_socket_ = std::string("no socket: ") + std::strerror(errno);
  return made;
}

bool HttpTransfer::take_head(std::string_view line) {
  head_.take(line);
  constexpr std::string_view cookie = "set-cookie:";
  const bool sets_cookie = std::ranges::equal(line.substr(0, cookie.size()), cookie,
                                              [](unsigned char a, char b) { return std::tolower(a) == b; });
  if (sets_cookie) ++client_->cookies_;
  return head_.strange_encoding().empty();
}

std::size_t HttpTransfer::take_body(const char* bytes, std::size_t count) {
  if (body_.size() - read_to_ >= most_waiting) {
    paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  body_.append(bytes, count);
  return count;
}

bool HttpTransfer::has_come() const {
  return ended_ || read_to_ < body_.size();
}

result<void> HttpTransfer::wait_for_head() {
  // What leads elsewhere or is refused needs no body; a server may first want to know who asks.
  const auto is_decided = [this] {
    const bool may_ask_again = head_.status() == 401 && has_login_;
    return head_.is_whole() && head_.status() >= 300 && !may_ask_again;
  };
  while (!has_come() && !is_decided()) CAMFLEET_CHECK(client_->go_on(*this));
  const bool has_failed = ended_.value_or(CURLE_OK) != CURLE_OK && body_.empty();
  return has_failed && !is_decided() ? failure() : result<void>(success());
}

result<void> HttpTransfer::failure() {
  // Once there is an answer, another address of the name was within reach.
  const bool has_answer = head_.status() != 0;
  if (!has_answer && !refused_.empty()) {
    client_->refusal_ = refused_;
    return fail(Errc::forbidden, "", refused_);
  }
  if (!has_answer && !no_socket_.empty()) return fail(Errc::limit, "", no_socket_);
  if (const std::string& by = head_.strange_encoding(); !by.empty())
    return fail(Errc::unreachable, "", "packs what it sends by " + quote(by) + ", which nobody asked for");
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
    if (ended_ || easy_->handle == nullptr) return pass(failure().error());
    CAMFLEET_CHECK(client_->go_on(*this));
  }
  const std::size_t count = std::min(into.size(), body_.size() - read_to_);
  std::memcpy(into.data(), body_.data() + read_to_, count);
  read_to_ += count;
  return count;
}

}  // namespace camfleet::net
