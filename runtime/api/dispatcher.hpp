#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "runtime/api/action.hpp"
#include "runtime/api/envelope.hpp"
#include "runtime/api/http_server.hpp"
#include "runtime/api/keys.hpp"
#include "runtime/api/request.hpp"
#include "runtime/api/signature.hpp"
#include "runtime/api/work_pool.hpp"
#include "runtime/service/observers.hpp"

namespace camfleet::api {

/// Turns requests into calls of actions: merges query and form, checks Format, Action, Version, signature and
/// fields, in this order, and puts what comes out into the envelope. Calls are refused before serve() and
/// after retire(). Answers /healthz, /readyz and /metrics at any time, too.
class Dispatcher {
 public:
  struct Settings {
    bool unsigned_calls = false;  ///< no signature is asked for; every project may be seen
    std::string default_project = "default";
    /// For calls that look through the store, and those that decode pictures: threads of their own, beyond
    /// whose queues a call is refused with 503. 0: whoever takes a call does it.
    std::size_t read_threads = 0;
    std::size_t picture_threads = 0;
  };
  /// The machine's time: signatures go by it, also in a rehearsal.
  using Clock = std::function<Instant()>;

  Dispatcher(Keys keys, Settings settings, Clock clock, const service::Observers& observers)
      : keys_(std::move(keys)),
        settings_(std::move(settings)),
        clock_(std::move(clock)),
        observers_(observers),
        reads_(settings_.read_threads, most_waiting, [this] { note_out_of_memory(); }),
        pictures_(settings_.picture_threads, most_waiting, [this] { note_out_of_memory(); }) {}

  /// Once; the service outlives every request.
  void serve(service::Service& service);
  /// Calls that are under way on threads of their own end; those that wait for one are refused.
  void retire();

  /// For a server that does not outlive it.
  HttpServer::Hooks hooks();
  /// The same of one for who operates the service alone: /healthz, /readyz and /metrics.
  HttpServer::Hooks probe_hooks();
  void handle(const Request& request, const HttpServer::Respond& respond);
  /// For what never became a request.
  Reply refuse_raw(const ApiError& error);

 private:
  static constexpr std::size_t most_waiting = 64;
  enum class Phase { starting, serving, stopping };
  struct Asked {
    std::chrono::steady_clock::time_point since;
    const Action* action = nullptr;
    Format format = Format::json;
    std::string request_id;
    std::string host;
    std::string key;  ///< empty: none was asked for
  };
  api_result<std::size_t> body_limit(const Request& start) const;
  void note_out_of_memory();
  api_result<Call> call_of(const Request& request, Asked& asked);
  api_result<Call> scoped(nlohmann::json fields, const Key* key) const;
  api_result<Call> checked(const Request& request, Asked& asked);
  void run(const Action& action, Call call, const std::string& key, const Finish& finish);
  Reply conclude(const Asked& asked, const api_result<std::string>& said);
  /// Counts and logs an answer.
  void note(const Asked& asked, std::string_view code, unsigned status);
  /// Of the paths that are for who operates the service; none: it is another one.
  std::optional<Reply> operations(const Request& request);
  Reply readiness();

  std::atomic<Phase> phase_ = Phase::starting;
  service::Service* service_ = nullptr;  ///< not before `phase_` is serving
  Keys keys_;
  Settings settings_;
  Clock clock_;
  Nonces nonces_;
  service::Observers observers_;
  WorkPool reads_;
  WorkPool pictures_;
};

}  // namespace camfleet::api
