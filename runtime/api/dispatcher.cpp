#include "runtime/api/dispatcher.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "runtime/api/json_writer.hpp"
#include "runtime/api/openapi.hpp"
#include "runtime/api/unique_id.hpp"

namespace camfleet::api {
namespace {

/// Whatever an action is called that is not there.
constexpr std::string_view unknown_action = "unknown";
struct Fine {
  std::string_view code;
  std::string_view message;
};

constexpr Fine fine_of(Family family) {
  return family == Family::instance ? Fine{"0", "SUCCESS"} : Fine{"200", "success"};
}

/// The whole object of a fine answer around the members that the action said.
std::string whole_answer(const Action& action, std::string_view request_id, std::string_view said) {
  const Fine fine = fine_of(action.family);
  std::string text;
  text.reserve(128 + said.size());
  JsonWriter writer(text);
  writer.begin_object();
  writer.member("Code", fine.code);
  writer.member("Message", fine.message);
  writer.member("RequestId", request_id);
  if (action.family == Family::instance) writer.member("Success", true);
  said.remove_prefix(1);
  if (said != "}") text += ',';
  text += said;
  return text;
}

Asked begin(const Request& request) {
  Asked asked;
  asked.since = std::chrono::steady_clock::now();
  asked.request_id = unique_request_id();
  if (const std::string* host = request.header("host")) asked.host = *host;
  return asked;
}

bool is_of_gateway(const ApiError& error) {
  return error.code != "RequestFailed";
}

}  // namespace

Dispatcher::Dispatcher(Keys keys, const Settings& settings, CallReader::Clock clock,
                       const service::Observers& observers)
    : calls_(std::move(keys), settings.calls, std::move(clock)),
      observers_(observers),
      reads_(settings.read_threads, most_waiting, [this] { note_out_of_memory(); }),
      pictures_(settings.picture_threads, most_waiting, [this] { note_out_of_memory(); }),
      asks_(settings.ask_threads, most_waiting, [this] { note_out_of_memory(); }),
      routes_(all_routes(settings.calls.unsigned_calls ? Callers::this_machine : Callers::same_site)),
      probes_(operating_routes(Callers::this_machine), "Probes are /healthz, /readyz and /metrics.") {}

std::vector<Route> Dispatcher::operating_routes(Callers callers) {
  const auto says = [&](std::string_view path, auto reply) -> Route {
    return {path, {"GET", "HEAD", "POST"}, callers, [reply](const Request&, const Route::Respond& respond) {
              respond(reply());
            }};
  };
  return {says("/healthz",
               [] {
                 return Reply{200, "text/plain", "ok\n"};
               }),
          says("/readyz", [this] { return readiness(); }), says("/metrics", [this] { return metrics(); })};
}

std::vector<Route> Dispatcher::all_routes(Callers callers) {
  std::vector<Route> routes = operating_routes(callers);
  routes.push_back(static_route("/openapi.json", callers, "application/json", openapi().dump(2) + "\n"));
  routes.push_back({"/",
                    {},
                    callers,
                    [this](const Request& request, const Route::Respond& respond) { call(request, respond); },
                    [this](const Request& start) -> api_result<std::size_t> {
                      CAMFLEET_CHECK(check_phase());
                      return calls_.body_limit(start);
                    }});
  return routes;
}

void Dispatcher::serve(Backend& backend) {
  backend_ = &backend;
  phase_ = Phase::serving;
}

void Dispatcher::retire() {
  phase_ = Phase::stopping;
  reads_.stop();
  pictures_.stop();
  asks_.stop();
}

Reply Dispatcher::refuse_raw(const ApiError& error) {
  observers_.metrics->api_called(unknown_action, error.code, std::nullopt);
  return gateway_error(Format::json, error, unique_request_id(), "");
}

void Dispatcher::note_out_of_memory() {
  observers_.metrics->api_called(unknown_action, "OutOfMemory", std::nullopt);
  observers_.log->error("no memory for a call", {{"error", "its connection was closed"}});
}

HttpServer::Hooks Dispatcher::hooks(const Routes& routes) {
  return {[this, &routes](const Request& request, const HttpServer::Respond& respond) {
            take(routes, request, respond);
          },
          [this](const ApiError& error) { return refuse_raw(error); },
          [&routes](const Request& start) { return routes.body_limit(start); },
          [this] { note_out_of_memory(); }};
}

void Dispatcher::take(const Routes& routes, const Request& request, const HttpServer::Respond& respond) {
  const auto route = routes.find(request);
  if (route.has_value()) return route.value()->answer(request, respond);
  ApiError error = route.error();
  if (&routes == &probes_) return respond(refuse_raw(error));
  Asked asked = begin(request);
  const auto serves = check_phase();
  if (error.status == 404 && !serves.has_value()) error = serves.error();
  const auto format = format_of(request);
  if (error.status != 404 && format.has_value()) asked.format = format.value();
  respond(conclude(asked, pass(error)));
}

api_result<void> Dispatcher::check_phase() const {
  const Phase phase = phase_;
  if (phase == Phase::serving) return success();
  return refuse(503, "ServiceUnavailable",
                phase == Phase::starting ? "The service is starting." : "The service is stopping.");
}

void Dispatcher::call(const Request& request, const HttpServer::Respond& respond) {
  Asked asked = begin(request);
  const auto read = [&]() -> api_result<Call> {
    if (const auto serves = check_phase(); !serves.has_value()) {
      if (const auto format = format_of(request); format.has_value()) asked.format = format.value();
      return pass(serves.error());
    }
    return calls_.read(request, asked);
  };
  auto read_call = read();
  const Action* action = asked.action;
  const std::string key = asked.key;
  const Finish finish = [this, asked = std::move(asked), respond](const api_result<std::string>& said) {
    respond(conclude(asked, said));
  };
  if (!read_call.has_value()) return finish(pass(read_call.error()));
  run(*action, std::move(read_call).value(), key, finish);
}

void Dispatcher::note(const Asked& asked, std::string_view code, unsigned status) {
  const std::string_view action = asked.action == nullptr ? unknown_action : asked.action->name;
  const Duration took = std::chrono::steady_clock::now() - asked.since;
  observers_.metrics->api_called(action, code, took);
  // Nothing that a caller sent: it may hold secrets.
  const double ms = std::chrono::duration<double, std::milli>(took).count();
  if (status >= 500)
    observers_.log->warn("api call failed",
                         {{"action", action}, {"code", code}, {"status", status}, {"ms", ms}});
  if (observers_.log->shows(logging::Level::debug))
    observers_.log->debug(
        "api call",
        {{"action", action}, {"code", code}, {"status", status}, {"ms", ms}, {"request", asked.request_id}});
}

Reply Dispatcher::conclude(const Asked& asked, const api_result<std::string>& said) {
  const std::string_view name = asked.action == nullptr ? "" : asked.action->name;
  if (!said.has_value()) {
    const ApiError& error = said.error();
    note(asked, error.code, error.status);
    return is_of_gateway(error) || asked.action == nullptr
               ? gateway_error(asked.format, error, asked.request_id, asked.host)
               : action_error(asked.format, name, error, asked.request_id);
  }
  Reply reply = answer(asked.format, name, whole_answer(*asked.action, asked.request_id, said.value()));
  note(asked, fine_of(asked.action->family).code, reply.status);
  return reply;
}

void Dispatcher::run(const Action& action, Call call, const std::string& key, const Finish& finish) {
  const Work work = action.work(call);
  if (work == Work::quick) return action.run(*backend_, call, finish);
  const auto shared = std::make_shared<const Call>(std::move(call));
  const auto refuse_it = [finish] {
    finish(refuse(503, "ServiceUnavailable", "Too many calls of this kind wait; try again in a moment."));
  };
  WorkPool::Job job{[this, run = action.run, shared, finish] { run(*backend_, *shared, finish); }, refuse_it,
                    key.empty() ? shared->project() : key};
  WorkPool& pool = work == Work::reads ? reads_ : work == Work::asks ? asks_ : pictures_;
  if (!pool.submit(std::move(job))) refuse_it();
}

Reply Dispatcher::metrics() {
  if (phase_ == Phase::serving) backend_->measure();
  return {200, "text/plain; version=0.0.4; charset=utf-8", observers_.metrics->text()};
}

Reply Dispatcher::readiness() {
  const Phase phase = phase_;
  if (phase == Phase::starting) return {503, "text/plain", "not ready: starting\n"};
  if (phase == Phase::stopping) return {503, "text/plain", "not ready: stopping\n"};
  if (const auto ready = backend_->ready(); !ready.has_value())
    return {503, "text/plain", "not ready: " + ready.error().line() + "\n"};
  return {200, "text/plain", "ok\n"};
}

}  // namespace camfleet::api
