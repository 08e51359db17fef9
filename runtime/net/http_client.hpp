#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "actors/base/error.hpp"
#include "runtime/net/reach.hpp"

namespace camfleet::net {

class HttpTransfer;

/// What all transfers of one source share: their connections, which are kept for the next one, its cookies
/// and logins, and where they may lead. Not thread-safe; transfers end before it.
class HttpClient {
 public:
  /// Asked at least each 100 ms while something is waited for; true ends it.
  using MustStop = std::function<bool()>;

  /// Errors: limit (descriptors, memory).
  static result<std::unique_ptr<HttpClient>> make(Reach reach, MustStop must_stop);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Why a transfer was refused its way; none: none was.
  [[nodiscard]] const std::string& refusal() const { return refusal_; }

 private:
  friend class HttpTransfer;
  struct Handles;
  struct Login {
    std::string user;
    std::string password;
  };

  HttpClient(Reach reach, MustStop must_stop);

  /// Lets all transfers go on, and waits a moment where nothing of `awaited` comes. Errors: timed_out (it
  /// must stop).
  result<void> go_on(const HttpTransfer& awaited);

  Reach reach_;
  MustStop must_stop_;
  std::string refusal_;
  std::map<std::string, Login> logins_;  ///< by scheme, host and port
  std::size_t cookies_ = 0;              ///< that were set since they were last forgotten
  std::unique_ptr<Handles> handles_;
};

}  // namespace camfleet::net
