/// A request from its text to its answer, through everything but the backend that it asks (request_text.hpp
/// says how an input is read).

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include <nlohmann/json.hpp>

#include "actors/base/text.hpp"
#include "runtime/api/dispatcher.hpp"
#include "runtime/api/form.hpp"
#include "runtime/api/http_request.hpp"
#include "tests/fuzz/forgetful_backend.hpp"
#include "tests/fuzz/reply_check.hpp"
#include "tests/fuzz/request_text.hpp"
#include "tests/fuzz/require.hpp"

namespace camfleet::fuzz {
namespace {

using api::Dispatcher;
using api::Request;
using nlohmann::json;

constexpr std::string_view secret = "testsecret-that-nobody-may-see";

const api::Keys& keys() {
  static const api::Keys keys = api::Keys::parse(R"({"keys":[
    {"id":"testid","secret":"testsecret-that-nobody-may-see","projects":["2","3"]},
    {"id":"all","secret":"testsecret-that-nobody-may-see","projects":["*"]},
    {"id":"off","secret":"testsecret-that-nobody-may-see","projects":["2"],"active":false}]})",
                                                 "keys")
                                    .value();
  return keys;
}

bool holds(const Request& request, std::string_view text) {
  const auto is_in = [&](const std::string& one) { return one.find(text) != std::string::npos; };
  for (const auto* list : {&request.query, &request.form, &request.headers}) {
    for (const auto& [name, value] : *list) {
      if (is_in(name) || is_in(value)) return true;
    }
  }
  return is_in(request.method) || is_in(request.path);
}

/// The answer of a dispatcher; it comes once, and shows no secret that the request did not bring along.
api::Reply answer_of(Dispatcher& dispatcher, const Request& request) {
  int answers = 0;
  api::Reply said;
  dispatcher.handle(request, [&](api::Reply reply) {
    ++answers;
    said = std::move(reply);
  });
  require(answers == 1, "a request has one answer", said.body);
  for (const std::string_view hidden : {secret, device_password}) {
    if (said.body.find(hidden) != std::string::npos)
      require(holds(request, hidden), "an answer shows no secret", said.body);
  }
  return said;
}

/// A dispatcher that has counted nothing yet.
struct Gateway {
  explicit Gateway(const Dispatcher::Settings& settings)
      : dispatcher(keys(), settings, fixed_now, observed_by(metrics)) {
    dispatcher.serve(forgetful_backend());
  }

  service::Metrics metrics;
  Dispatcher dispatcher;
};

/// What was decoded is text, and comes back when it is encoded again.
void check_form(const Parameters& pairs) {
  std::string form;
  for (const auto& [name, value] : pairs) {
    form += (form.empty() ? "" : "&") + api::percent_encode(name) + "=" + api::percent_encode(value);
    static_cast<void>(json(name).dump() + json(value).dump());  // throws where it is not UTF-8
  }
  const auto again = api::parse_form(form);
  require(again.has_value() && again.value() == pairs, "a form comes back when it is encoded", form);
}

bool is_of_type(const api::Field& field, const json& value) {
  switch (field.type) {
    case api::FieldType::text:
      return value.is_string() && !value.get_ref<const std::string&>().empty();
    case api::FieldType::whole:
      return value.is_number_integer() && value >= field.least && value <= field.most;
    case api::FieldType::boolean:
      return value.is_boolean();
    case api::FieldType::list:
      return value.is_array() && value.size() <= 10'000;
  }
  return false;
}

/// Fields that were checked are what Call promises, and stay so when they are checked again.
void check_call(const api::Action& action, const json& fields) {
  const auto checked = check_fields(action, fields);
  if (!checked.has_value()) return;
  for (const api::Field& field : action.fields) {
    const auto found = checked.value().find(field.name);
    const bool is_there = found != checked.value().end();
    require(is_there || !field.required, "a required field is there", std::string(field.name));
    if (is_there) require(is_of_type(field, *found), "a field has its type", found->dump());
  }
  require(checked.value().size() <= action.fields.size(), "fields that are not known are dropped");
  const auto again = check_fields(action, checked.value());
  require(again.has_value() && again.value() == checked.value(), "checking twice changes nothing",
          checked.value().dump());
}

/// Of every action that the input names, wherever it does.
void check_calls(const Request& request, std::string_view input) {
  Parameters all = request.query;
  all.insert(all.end(), request.form.begin(), request.form.end());
  const auto fields = fields_from_parameters(all);
  if (!fields.has_value()) return;
  for (const api::Action& action : api::actions()) {
    if (input.find(action.name) != std::string_view::npos) check_call(action, fields.value());
  }
}

/// What was answered is counted, one line for each code.
void check_metrics(Dispatcher& dispatcher, const std::string& code) {
  Request request;
  request.method = "GET";
  request.path = "/metrics";
  request.headers = {{"host", "localhost"}};
  const std::string text = answer_of(dispatcher, request).body;
  require(text.find("code=\"" + code + "\"} ") != std::string::npos, "an answer is counted", text);
  for (std::size_t at = 0, end = 0; at < text.size(); at = end + 1) {
    end = text.find('\n', at);
    require(end != std::string::npos && is_plain_utf8(text.substr(at, end - at)), "metrics are lines", text);
  }
}

/// The same request says the same in JSON and in XML.
void check_formats(const Request& request) {
  Gateway open({.calls = {.unsigned_calls = true}});
  std::array<Said, 2> said;
  for (const bool xml : {false, true}) {
    said.at(xml ? 1 : 0) = read_reply(answer_of(open.dispatcher, asking_for(request, xml ? "XML" : "JSON")));
    require((said.at(xml ? 1 : 0).format == api::Format::xml) == xml, "an answer is in the format asked for");
  }
  require(said[0].status == said[1].status && said[0].code == said[1].code, "formats agree on the code",
          said[0].message);
  require(api::xml_text(said[0].message) == said[1].message, "formats agree on the message",
          said[0].message + " / " + said[1].message);
  check_metrics(open.dispatcher, said[0].code);
}

std::string code_of(const Request& request, Instant now) {
  api::Nonces nonces;
  const auto verified = verify(request, keys(), nonces, now);
  return verified.has_value() ? "" : verified.error().code;
}

/// What was signed is refused out of its time, and when anything of it was changed; one way for each length
/// of an input, as each takes its time.
void check_forged(const Request& request, bool acs3, std::size_t length) {
  constexpr std::size_t ways = 7;
  Request other = request;
  Instant now = fixed_now();
  std::string_view code = "SignatureDoesNotMatch";
  switch (length % ways) {
    case 0:
      now += api::time_window;
      code = "";
      break;
    case 1:
      now += api::time_window + Duration(1);
      code = "InvalidTimeStamp.Expired";
      break;
    case 2:
      now -= api::time_window + Duration(1);
      code = "InvalidTimeStamp.Expired";
      break;
    case 3:
      other.method += "X";
      break;
    case 4:
      other.query.emplace_back("More", "");
      break;
    case 5:
      other.form.emplace_back("More", "");
      other.body += "&More";
      break;
    default:
      // Also one that the signature does not list.
      other.headers.emplace_back("x-acs-further", "");
      if (!acs3 || request.header("x-acs-further") != nullptr) code = "";
  }
  require(code_of(other, now) == code, "a signature is for what was signed, in its time", std::string(code));
}

/// A fine signature is accepted, once.
void check_signed(const Request& request, bool acs3, std::size_t length) {
  check_forged(request, acs3, length);
  Gateway guarded({});
  const Said first = read_reply(answer_of(guarded.dispatcher, request));
  const Said second = read_reply(answer_of(guarded.dispatcher, request));
  require(!first.code.starts_with("Signature"), "a signed request is let in", first.message);
  require(second.code == "SignatureNonceUsed" || (second.code == first.code && first.status != 200),
          "a request is good once", second.message);
  if (second.code != "SignatureNonceUsed")
    require(code_of(request, fixed_now()).empty(), "a fine signature is accepted", first.message);
}

void come_from_here(Request& request) {
  std::erase_if(request.headers, [](const auto& header) {
    return header.first == "host" || header.first == "origin" || header.first.starts_with("sec-fetch-");
  });
  request.headers.emplace_back("host", "localhost");
}

void run(std::string_view input) {
  RawRequest raw = read_request(input);
  if (raw.admission == Admission::text) return check_envelopes(raw.body);
  auto made = api::request_of(raw.method, raw.target, raw.headers, raw.body);
  Gateway open({.calls = {.unsigned_calls = true}});
  if (!made.has_value()) {
    const api::ApiError error{400, "InvalidParameter", "Specified parameter " + made.error().line()};
    static_cast<void>(read_reply(open.dispatcher.hooks().refuse(error)));
    return;
  }
  Request& request = made.value();
  check_form(request.query);
  check_form(request.form);
  // Most come from where calls without a signature are taken.
  if (raw.admission != Admission::acs3 && input.size() % 8 != 0) come_from_here(request);
  if (request.path != "/") {
    const api::Reply reply = answer_of(open.dispatcher, request);
    if (reply.content_type.starts_with("text/plain") || reply.bytes != nullptr || reply.status == 304) return;
    const std::string code = read_reply(reply).code;
    require(code == "InvalidApi.NotFound" || code == "Forbidden" || code == "UnsupportedHTTPMethod",
            "paths are in a table", reply.body);
    request.path = "/";
  }
  const api::Key& key = *keys().find(input.find("CorpId") != std::string_view::npos ? "all" : "testid");
  switch (raw.admission) {
    case Admission::rpc:
      return check_signed(signed_rpc(request, key), false, input.size());
    case Admission::acs3:
      return check_signed(signed_acs3(request, key), true, input.size());
    case Admission::sent: {
      Gateway guarded({});
      static_cast<void>(read_reply(answer_of(guarded.dispatcher, request)));
      return;
    }
    default:
      check_calls(request, input);
      check_formats(request);
  }
}

}  // namespace
}  // namespace camfleet::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): it is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  camfleet::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
