#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/api/action.hpp"
#include "runtime/api/call_reader.hpp"
#include "runtime/api/http_server.hpp"
#include "runtime/api/route.hpp"
#include "runtime/api/work_pool.hpp"
#include "runtime/service/observers.hpp"

namespace camfleet::api {

/// Answers requests by the path that they are for: calls of actions, which are refused before serve() and
/// after retire(), and /healthz, /readyz and /metrics at any time.
class Dispatcher {
 public:
  struct Settings {
    CallReader::Settings calls{};
    /// For calls that look through the store, those that decode pictures, and those that wait for a camera's
    /// server: threads of their own, beyond whose queues a call is refused with 503. 0: whoever takes a call
    /// does it.
    std::size_t read_threads = 0;
    std::size_t picture_threads = 0;
    std::size_t ask_threads = 0;
  };

  Dispatcher(Keys keys, const Settings& settings, CallReader::Clock clock,
             const service::Observers& observers);

  /// Once; the backend outlives every request.
  void serve(Backend& backend);
  /// Calls that are under way on threads of their own end; those that wait for one are refused.
  void retire();

  /// For a server that does not outlive it.
  HttpServer::Hooks hooks() { return hooks(routes_); }
  /// The same of one for who operates the service alone: /healthz, /readyz and /metrics. It listens on
  /// loopback, and asks for no key.
  HttpServer::Hooks probe_hooks() { return hooks(probes_); }
  void handle(const Request& request, const HttpServer::Respond& respond) { take(routes_, request, respond); }

 private:
  static constexpr std::size_t most_waiting = 64;
  enum class Phase { starting, serving, stopping };

  HttpServer::Hooks hooks(const Routes& routes);
  std::vector<Route> operating_routes(Callers callers);
  std::vector<Route> all_routes(Callers callers);
  void take(const Routes& routes, const Request& request, const HttpServer::Respond& respond);
  /// Errors: 503: it does not serve.
  [[nodiscard]] api_result<void> check_phase() const;
  void call(const Request& request, const HttpServer::Respond& respond);
  void run(const Action& action, Call call, const std::string& key, const Finish& finish);
  Reply conclude(const Asked& asked, const api_result<std::string>& said);
  /// Counts and logs an answer.
  void note(const Asked& asked, std::string_view code, unsigned status);
  /// For what never became a request.
  Reply refuse_raw(const ApiError& error);
  void note_out_of_memory();
  Reply readiness();
  Reply metrics();

  std::atomic<Phase> phase_ = Phase::starting;
  Backend* backend_ = nullptr;  ///< not before `phase_` is serving
  CallReader calls_;
  service::Observers observers_;
  WorkPool reads_;
  WorkPool pictures_;
  WorkPool asks_;
  const Routes routes_;
  const Routes probes_;
};

}  // namespace camfleet::api
