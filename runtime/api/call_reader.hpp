#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include <nlohmann/json.hpp>

#include "runtime/api/action.hpp"
#include "runtime/api/envelope.hpp"
#include "runtime/api/keys.hpp"
#include "runtime/api/request.hpp"
#include "runtime/api/signature.hpp"

namespace camfleet::api {

/// What is known of a call from its first byte on, for its answer and for whoever counts.
struct Asked {
  std::chrono::steady_clock::time_point since;
  const Action* action = nullptr;  ///< none: it is of none that is there
  Format format = Format::json;
  std::string request_id;
  std::string host;
  std::string key;  ///< empty: none was asked for
};

/// XML is the default of RPC 1.0, JSON that of ACS3. Errors: 400.
api_result<Format> format_of(const Request& request);

/// Makes calls of requests: merges query and form, checks Format, Action, Version, signature and fields, in
/// this order. Thread-safe.
class CallReader {
 public:
  struct Settings {
    bool unsigned_calls = false;  ///< no signature is asked for; every project may be seen
    std::string default_project = "default";
  };
  /// The machine's time: signatures go by it, also in a rehearsal.
  using Clock = std::function<Instant()>;

  CallReader(Keys keys, Settings settings, Clock clock)
      : keys_(std::move(keys)), settings_(std::move(settings)), clock_(std::move(clock)) {}

  /// Errors: as the vendor's gateway has them; `asked` says then how far it came.
  api_result<Call> read(const Request& request, Asked& asked);
  /// Of the body of a request of which the header has come, see HttpServer::Hooks. Errors: no such key or
  /// action.
  [[nodiscard]] api_result<std::size_t> body_limit(const Request& start) const;

 private:
  [[nodiscard]] api_result<Call> scoped(nlohmann::json fields, const Key* key) const;

  Keys keys_;
  Settings settings_;
  Clock clock_;
  Nonces nonces_;
};

}  // namespace camfleet::api
