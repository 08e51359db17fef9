#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "actors/base/error.hpp"
#include "runtime/net/http_client.hpp"
#include "runtime/net/http_head.hpp"
#include "runtime/net/http_url.hpp"

namespace camfleet::net {

/// Which bytes of a resource are asked for.
struct HttpRange {
  std::int64_t first = 0;
  std::optional<std::int64_t> end;  ///< one past the last; none: to its end
  bool is_asked = false;            ///< else all of it is, and no server is asked for a part
  bool unpacks = true;              ///< what comes packed though nobody asked for that
};

/// One GET whose body is read as it comes. Redirects are followed, at most eight, each once the address that
/// its host resolved to was found within the client's reach; that address is the one that is connected to. A
/// user and a password of a URL are sent when its server asks for them by Basic or Digest, also for later
/// URLs without one, to that host and port by that scheme alone. Certificates are not checked, as cameras
/// sign their own, and TLS 1.0 is spoken to old ones; no proxy of the environment is asked.
class HttpTransfer {
 public:
  /// `client` outlives it.
  explicit HttpTransfer(HttpClient& client);
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  /// Asks for `url` and waits for the first of its body; what it asked for before is given up. Errors,
  /// without a place: unreachable (also an answer that is not of success: head() has it), forbidden (out of
  /// reach), unsupported (not HTTP), timed_out (it must stop), limit.
  result<void> open(const std::string& url, const HttpRange& range);

  /// The next bytes, at least one unless the body has ended. Errors: unreachable (it broke off), timed_out.
  result<std::size_t> read(std::span<std::uint8_t> into);

  [[nodiscard]] const HttpHead& head() const { return head_; }
  /// The URL that answered, without a login.
  [[nodiscard]] const std::string& url() const { return url_.text; }
  [[nodiscard]] bool was_redirected() const { return was_redirected_; }

 private:
  struct Easy;

  result<void> ask(const HttpRange& range);
  void set_options(const HttpRange& range);
  void set_callbacks();
  result<void> wait_for_head();
  result<void> failure();
  bool take_head(std::string_view line);
  std::size_t take_body(const char* bytes, std::size_t count);
  int open_socket(int family, int type, int protocol, const sockaddr& address);
  void leave();
  [[nodiscard]] bool has_come() const;

  friend class HttpClient;

  HttpClient* client_;
  std::unique_ptr<Easy> easy_;
  HttpHead head_;
  HttpUrl url_;
  bool has_login_ = false;  ///< for its server
  std::string body_;        ///< what came and was not read
  std::size_t read_to_ = 0;
  std::string no_socket_;     ///< why there is none
  std::string refused_;       ///< an address of it, and why
  std::optional<int> ended_;  ///< curl's code
  bool was_redirected_ = false;
  bool paused_ = false;
};

}  // namespace camfleet::net
