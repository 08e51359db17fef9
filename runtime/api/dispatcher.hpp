#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "runtime/api/action.hpp"
#include "runtime/api/envelope.hpp"
#include "runtime/api/http_server.hpp"
#include "runtime/api/keys.hpp"
#include "runtime/api/request.hpp"
#include "runtime/api/signature.hpp"

namespace camfleet::api {

/// Turns requests into calls of actions: merges query and form, checks Format, Action, Version, signature and
/// fields, in this order, and puts what comes out into the envelope. Answers /healthz, /readyz and /metrics,
/// too.
class Dispatcher {
 public:
  struct Settings {
    bool unsigned_calls = false;  ///< no signature is asked for; every project may be seen
    std::string default_project = "default";
  };
  /// The machine's time: signatures go by it, also in a rehearsal.
  using Clock = std::function<Instant()>;

  Dispatcher(service::Service& service, Keys keys, Settings settings, Clock clock)
      : service_(&service),
        keys_(std::move(keys)),
        settings_(std::move(settings)),
        clock_(std::move(clock)) {}

  void handle(const Request& request, const HttpServer::Respond& respond);
  /// For what never became a request.
  Reply refuse_raw(const ApiError& error);

 private:
  struct Asked {
    const Action* action = nullptr;
    Format format = Format::json;
    std::string request_id;
    std::string host;
  };
  api_result<Call> call_of(const Request& request, Asked& asked);
  api_result<Call> scoped(nlohmann::json fields, const Key* key) const;
  void count(std::string_view action, std::string_view code);
  [[nodiscard]] std::string metrics() const;

  service::Service* service_;
  Keys keys_;
  Settings settings_;
  Clock clock_;
  std::mutex nonces_mutex_;
  Nonces nonces_;
  mutable std::mutex counts_mutex_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> counts_;  ///< by action and code
};

}  // namespace camfleet::api
