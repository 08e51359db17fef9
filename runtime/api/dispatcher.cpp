#include "runtime/api/dispatcher.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "actors/text.hpp"
#include "runtime/api/caller.hpp"
#include "runtime/api/json_writer.hpp"
#include "runtime/api/unique_id.hpp"

namespace camfleet::api {
namespace {

using nlohmann::json;

constexpr std::string_view version = "2020-05-15";
/// Whatever an action is called that is not there.
constexpr std::string_view unknown_action = "unknown";
/// Of the request, not of the action.
constexpr std::array<std::string_view, 12> common{
    "Action",           "Version",        "Format",    "AccessKeyId", "Signature",     "SignatureMethod",
    "SignatureVersion", "SignatureNonce", "Timestamp", "TimeStamp",   "SignatureType", "SecurityToken"};

const std::string* parameter(const Request& request, std::string_view name) {
  for (const Parameters* list : {&request.query, &request.form}) {
    for (const auto& [key, value] : *list) {
      if (key == name) return &value;
    }
  }
  return nullptr;
}

/// XML is the default of RPC 1.0, JSON that of ACS3.
api_result<Format> format_of(const Request& request) {
  if (is_acs3(request)) {
    const std::string* accept = request.header("accept");
    return accept != nullptr && to_lower(*accept).find("xml") != std::string::npos ? Format::xml
                                                                                   : Format::json;
  }
  const std::string* given = parameter(request, "Format");
  if (given == nullptr || given->empty()) return Format::xml;
  const std::string name = to_lower(*given);
  if (name == "json") return Format::json;
  if (name == "xml") return Format::xml;
  return refuse(400, "InvalidParameter.Format", "Specified parameter format is not valid.");
}

/// Of the header in ACS3, of the parameter else.
std::string named(const Request& request, std::string_view header, std::string_view name) {
  const std::string* value = is_acs3(request) ? request.header(header) : parameter(request, name);
  return value == nullptr ? "" : *value;
}

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

auto refuse_path() {
  return refuse(404, "InvalidApi.NotFound", "Specified api is not found, please check your url and method.");
}

auto refuse_action() {
  return refuse(404, "InvalidAction.NotFound",
                "Specified api is not found, please check your url and method.");
}

bool is_of_gateway(const ApiError& error) {
  return error.code != "RequestFailed";
}

}  // namespace

void Dispatcher::serve(service::Service& service) {
  service_ = &service;
  phase_ = Phase::serving;
}

void Dispatcher::retire() {
  phase_ = Phase::stopping;
  reads_.stop();
  pictures_.stop();
}

Reply Dispatcher::refuse_raw(const ApiError& error) {
  observers_.metrics->api_called(unknown_action, error.code, std::nullopt);
  return gateway_error(Format::json, error, unique_request_id(), "");
}

void Dispatcher::note_out_of_memory() {
  observers_.metrics->api_called(unknown_action, "OutOfMemory", std::nullopt);
  observers_.log->error("no memory for a call", {{"error", "its connection was closed"}});
}

HttpServer::Hooks Dispatcher::hooks() {
  return {[this](const Request& request, const HttpServer::Respond& respond) { handle(request, respond); },
          [this](const ApiError& error) { return refuse_raw(error); },
          [this](const Request& start) { return body_limit(start); }, [this] { note_out_of_memory(); }};
}

HttpServer::Hooks Dispatcher::probe_hooks() {
  HttpServer::Hooks hooks = this->hooks();
  hooks.handle = [this](const Request& request, const HttpServer::Respond& respond) {
    // It listens on loopback, and asks for no key.
    if (const auto caller = check_caller(request, true); !caller.has_value())
      return respond(refuse_raw(caller.error()));
    if (auto reply = operations(request)) return respond(std::move(*reply));
    respond(refuse_raw({404, "InvalidApi.NotFound", "Probes are /healthz, /readyz and /metrics."}));
  };
  hooks.body_limit = [](const Request& /*start*/) -> api_result<std::size_t> {
    return refuse(413, "RequestEntityTooLarge", "A probe has no body.");
  };
  return hooks;
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

api_result<Call> Dispatcher::scoped(json fields, const Key* key) const {
  std::string wanted;
  std::string field;
  for (const char* name : {"ProjectId", "CorpId"}) {
    if (const auto found = fields.find(name); found != fields.end())
      wanted = found->is_string() ? found->get<std::string>() : found->dump();
    if (!wanted.empty() && field.empty()) field = name;
  }
  if (key == nullptr) {
    service::Projects projects;
    if (!wanted.empty()) projects.emplace().insert(wanted);
    return Call(std::move(fields), std::move(projects), wanted.empty() ? settings_.default_project : wanted);
  }
  if (!wanted.empty() && !key->may_act_in(wanted))
    return refuse(500, "RequestFailed",
                  "Request failed: " + field + ": " + quote(wanted) + " is no project of this key");
  service::Projects projects;
  if (!wanted.empty()) {
    projects.emplace().insert(wanted);
  } else if (!key->may_act_in("*")) {
    projects.emplace(key->projects.begin(), key->projects.end());
  }
  std::string project = wanted;
  if (project.empty())
    project = key->projects.front() == "*" ? settings_.default_project : key->projects.front();
  return Call(std::move(fields), std::move(projects), std::move(project));
}

api_result<Call> Dispatcher::call_of(const Request& request, Asked& asked) {
  const auto format = format_of(request);
  if (!format.has_value()) return BOOST_OUTCOME_V2_NAMESPACE::failure(format.error());
  asked.format = format.value();
  for (const std::string_view name : common) {
    const std::string* first = parameter(request, name);
    for (const Parameters* list : {&request.query, &request.form}) {
      const bool differs = std::ranges::any_of(
          *list, [&](const auto& pair) { return pair.first == name && pair.second != *first; });
      if (differs)
        return refuse(400, "InvalidParameter",
                      "Specified parameter " + std::string(name) + " is given twice, with different values.");
    }
  }
  if (request.method != "GET" && request.method != "POST")
    return refuse(400, "UnsupportedHTTPMethod", "This http method is not supported.");
  const std::string name = named(request, "x-acs-action", "Action");
  asked.action = find_action(name);
  const std::size_t most_body = asked.action == nullptr ? usual_body : asked.action->most_body;
  if (request.body.size() > most_body)
    return refuse(413, "RequestEntityTooLarge",
                  "The body is larger than " + std::to_string(most_body >> 20U) + " MiB.");
  if (name.empty()) return refuse(400, "MissingAction", "Action is mandatory for this action.");
  if (asked.action == nullptr) return refuse_action();
  CAMFLEET_CHECK(check_method(request, *asked.action));
  const std::string given = named(request, "x-acs-version", "Version");
  if (given.empty()) return refuse(400, "MissingVersion", "Version is mandatory for this action.");
  if (given != version) return refuse(400, "InvalidVersion", "Specified parameter Version is not valid.");
  const Key* key = nullptr;
  if (!settings_.unsigned_calls) {
    // The string that RPC signs is made of parameters; how a client writes lists in JSON is not known here.
    if (request.is_json && !request.body.empty() && !is_acs3(request))
      return refuse(
          400, "InvalidParameter",
          "Specified parameter body: a JSON object is covered by ACS3 signatures alone; send a form, or "
          "sign with ACS3-HMAC-SHA256.");
    const auto verified = verify(request, keys_, nonces_, clock_());
    if (!verified.has_value()) return BOOST_OUTCOME_V2_NAMESPACE::failure(verified.error());
    key = verified.value();
    asked.key = key->id;
  }
  Parameters parameters;
  for (const Parameters* list : {&request.query, &request.form}) {
    for (const auto& pair : *list) {
      if (std::ranges::find(common, pair.first) == common.end()) parameters.push_back(pair);
    }
  }
  auto fields = fields_from_parameters(parameters);
  if (!fields.has_value()) return BOOST_OUTCOME_V2_NAMESPACE::failure(to_api(fields.error()));
  auto checked = check_fields(*asked.action, std::move(fields).value());
  if (!checked.has_value()) return BOOST_OUTCOME_V2_NAMESPACE::failure(checked.error());
  return scoped(std::move(checked).value(), key);
}

api_result<std::size_t> Dispatcher::body_limit(const Request& start) const {
  if (phase_ != Phase::serving) return refuse(503, "ServiceUnavailable", "The service takes no calls now.");
  CAMFLEET_CHECK(check_caller(start, settings_.unsigned_calls));
  if (start.path != "/") return refuse_path();
  if (!settings_.unsigned_calls) CAMFLEET_CHECK(check_key(start, keys_));
  const std::string name = named(start, "x-acs-action", "Action");
  const Action* action = find_action(name);
  if (action == nullptr && !name.empty()) return refuse_action();
  return action == nullptr ? usual_body : action->most_body;
}

api_result<Call> Dispatcher::checked(const Request& request, Asked& asked) {
  const Phase phase = phase_;
  const auto caller = check_caller(request, settings_.unsigned_calls);
  if (phase != Phase::serving || !caller.has_value()) {
    if (const auto format = format_of(request); format.has_value()) asked.format = format.value();
  }
  CAMFLEET_CHECK(caller);
  if (phase != Phase::serving) {
    return refuse(503, "ServiceUnavailable",
                  phase == Phase::starting ? "The service is starting." : "The service is stopping.");
  }
  if (request.path != "/") return refuse_path();
  return call_of(request, asked);
}

Reply Dispatcher::conclude(const Asked& asked, const api_result<std::string>& said) {
  const std::string_view name = asked.action == nullptr ? "" : asked.action->name;
  if (!said.has_value()) {
    const ApiError& error = said.error();
    note(asked, error.code, error.status);
    Reply reply = is_of_gateway(error) || asked.action == nullptr
                      ? gateway_error(asked.format, error, asked.request_id, asked.host)
                      : action_error(asked.format, name, error, asked.request_id);
    if (error.status == 503) reply.retry_after_s = 1;
    return reply;
  }
  Reply reply = answer(asked.format, name, whole_answer(*asked.action, asked.request_id, said.value()));
  note(asked, fine_of(asked.action->family).code, reply.status);
  return reply;
}

void Dispatcher::handle(const Request& request, const HttpServer::Respond& respond) {
  if (auto reply = operations(request)) return respond(std::move(*reply));
  Asked asked;
  asked.since = std::chrono::steady_clock::now();
  asked.request_id = unique_request_id();
  if (const std::string* host = request.header("host")) asked.host = *host;
  auto call = checked(request, asked);
  const Action* action = asked.action;
  const std::string key = asked.key;
  const Finish finish = [this, asked = std::move(asked), respond](const api_result<std::string>& said) {
    respond(conclude(asked, said));
  };
  if (!call.has_value()) return finish(BOOST_OUTCOME_V2_NAMESPACE::failure(call.error()));
  run(*action, std::move(call).value(), key, finish);
}

void Dispatcher::run(const Action& action, Call call, const std::string& key, const Finish& finish) {
  const Work work = action.work(call);
  if (work == Work::quick) return action.run(*service_, call, finish);
  const auto shared = std::make_shared<const Call>(std::move(call));
  const auto refuse_it = [finish] {
    finish(refuse(503, "ServiceUnavailable", "Too many calls of this kind wait; try again in a moment."));
  };
  WorkPool::Job job{[this, run = action.run, shared, finish] { run(*service_, *shared, finish); }, refuse_it,
                    key.empty() ? shared->project() : key};
  WorkPool& pool = work == Work::reads ? reads_ : pictures_;
  if (!pool.submit(std::move(job))) refuse_it();
}

std::optional<Reply> Dispatcher::operations(const Request& request) {
  if (!check_caller(request, settings_.unsigned_calls).has_value()) return std::nullopt;
  if (request.path == "/healthz") return Reply{200, "text/plain", "ok\n"};
  if (request.path == "/readyz") return readiness();
  if (request.path != "/metrics") return std::nullopt;
  if (phase_ == Phase::serving) service_->measure();
  return Reply{200, "text/plain; version=0.0.4; charset=utf-8", observers_.metrics->text()};
}

Reply Dispatcher::readiness() {
  const Phase phase = phase_;
  if (phase == Phase::starting) return {503, "text/plain", "not ready: starting\n"};
  if (phase == Phase::stopping) return {503, "text/plain", "not ready: stopping\n"};
  if (const auto ready = service_->ready(); !ready.has_value())
    return {503, "text/plain", "not ready: " + ready.error().line() + "\n"};
  return {200, "text/plain", "ok\n"};
}

}  // namespace camfleet::api
