#include "runtime/api/api_client.hpp"

#include <chrono>
#include <cstddef>
#include <utility>

#include <nlohmann/json.hpp>

#include "actors/base/text.hpp"
#include "runtime/api/form.hpp"
#include "runtime/api/signature.hpp"
#include "runtime/api/unique_id.hpp"

namespace camfleet::api {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t most_shown = 2000;
constexpr int most_depth = 32;

/// UTC to the second, as the signature has it.
std::string time_stamp() {
  return to_iso(std::chrono::floor<seconds>(std::chrono::system_clock::now()));
}

/// What a server says of an error, on one line, without what the code says already.
std::string one_line(std::string text) {
  constexpr std::string_view said_already = "Request failed: ";
  if (text.starts_with(said_already)) text.erase(0, said_already.size());
  if (text.size() > most_shown) text = text.substr(0, most_shown) + "…";
  for (char& c : text) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return text;
}

std::string text_of(const ordered_json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

Errc code_of(unsigned status, const std::string& code) {
  if (status == 404) return Errc::unknown_id;
  return status < 500 || code == "RequestFailed" ? Errc::invalid_field : Errc::io;
}

}  // namespace

std::string form_body(const Parameters& parameters) {
  std::string body;
  for (const auto& [name, value] : parameters) {
    if (!body.empty()) body += '&';
    body += percent_encode(name) + "=" + percent_encode(value);
  }
  return body;
}

result<ordered_json> read_answer(const HttpAnswer& answer, const std::string& place) {
  // What lies deeper is left out: values are copied and written by recursion.
  const auto is_wanted = [](int depth, auto, const auto&) { return depth <= most_depth; };
  auto said = ordered_json::parse(answer.body, is_wanted, false);
  const std::string code = said.is_object() ? text_of(said, "Code") : "";
  if (code.empty())
    return fail(Errc::corrupt, place,
                "answers HTTP " + std::to_string(answer.status) +
                    " with what is no answer of the API; is this its endpoint?");
  if (code != "0" && code != "200")
    return fail(code_of(answer.status, code), one_line(code), one_line(text_of(said, "Message")));
  return said;
}

result<ordered_json> ApiClient::call(std::string_view action, Parameters parameters) const {
  parameters.emplace_back("Action", action);
  parameters.emplace_back("Version", api_version);
  parameters.emplace_back("Format", "JSON");
  HttpQuery query;
  if (!key_id.empty()) {
    parameters.emplace_back("AccessKeyId", key_id);
    parameters.emplace_back("SignatureMethod", "HMAC-SHA1");
    parameters.emplace_back("SignatureVersion", "1.0");
    parameters.emplace_back("SignatureNonce", unique_request_id());
    parameters.emplace_back("Timestamp", time_stamp());
    parameters.emplace_back("Signature", rpc_signature(query.method, parameters, secret));
  }
  query.body = form_body(parameters);
  CAMFLEET_TRY(const HttpAnswer answer, http_request(endpoint, query, http));
  return read_answer(answer, endpoint.text());
}

}  // namespace camfleet::api
