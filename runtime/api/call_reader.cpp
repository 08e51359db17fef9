#include "runtime/api/call_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "actors/base/text.hpp"
#include "actors/spec/spec_fields.hpp"
#include "runtime/api/caller.hpp"

namespace camfleet::api {
namespace {

using nlohmann::json;

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

/// Of the header in ACS3, of the parameter else.
std::string named(const Request& request, std::string_view header, std::string_view name) {
  const std::string* value = is_acs3(request) ? request.header(header) : parameter(request, name);
  return value == nullptr ? "" : *value;
}

auto refuse_action() {
  return refuse(404, "InvalidAction.NotFound",
                "Specified api is not found, please check your url and method.");
}

}  // namespace

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

api_result<Call> CallReader::scoped(json fields, const Key* key) const {
  std::string wanted;
  std::string field;
  for (const char* name : {"ProjectId", "CorpId"}) {
    if (const auto found = fields.find(name); found != fields.end())
      wanted = found->is_string() ? found->get<std::string>() : found->dump();
    if (!wanted.empty() && field.empty()) field = name;
  }
  if (key == nullptr) {
    Projects projects;
    if (!wanted.empty()) projects.emplace().insert(wanted);
    return Call(std::move(fields), std::move(projects), wanted.empty() ? settings_.default_project : wanted);
  }
  if (!wanted.empty() && !key->may_act_in(wanted))
    return refuse(500, "RequestFailed",
                  "Request failed: " + field + ": " + quote(wanted) + " is no project of this key");
  Projects projects;
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

api_result<Call> CallReader::read(const Request& request, Asked& asked) {
  const auto format = format_of(request);
  if (!format.has_value()) return pass(format.error());
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
  if (given != api_version) return refuse(400, "InvalidVersion", "Specified parameter Version is not valid.");
  const Key* key = nullptr;
  if (!settings_.unsigned_calls) {
    // The string that RPC signs is made of parameters; how a client writes lists in JSON is not known here.
    if (request.is_json && !request.body.empty() && !is_acs3(request))
      return refuse(
          400, "InvalidParameter",
          "Specified parameter body: a JSON object is covered by ACS3 signatures alone; send a form, or "
          "sign with ACS3-HMAC-SHA256.");
    const auto verified = verify(request, keys_, nonces_, clock_());
    if (!verified.has_value()) return pass(verified.error());
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
  if (!fields.has_value()) return pass(to_api(fields.error()));
  auto checked = check_fields(*asked.action, std::move(fields).value());
  if (!checked.has_value()) return pass(checked.error());
  return scoped(std::move(checked).value(), key);
}

api_result<std::size_t> CallReader::body_limit(const Request& start) const {
  if (!settings_.unsigned_calls) CAMFLEET_CHECK(check_key(start, keys_));
  const std::string name = named(start, "x-acs-action", "Action");
  const Action* action = find_action(name);
  if (action == nullptr && !name.empty()) return refuse_action();
  return action == nullptr ? usual_body : action->most_body;
}

}  // namespace camfleet::api
