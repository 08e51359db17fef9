#include "runtime/api/json_body.hpp"

#include <set>
#include <string>
#include <tuple>

#include <nlohmann/json.hpp>

#include "actors/base/json_text.hpp"
#include "actors/base/text.hpp"

namespace camfleet::api {
namespace {

using nlohmann::json;

/// A value takes many times as much memory as its text. The largest create, 10,000 devices, has 60,000.
constexpr std::size_t max_values = 200'000;

bool has_many_values(std::string_view text) {
  std::size_t values = 1;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string && c == '\\') {
      ++at;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == ',' || c == '[' || c == '{')) {
      ++values;
    }
  }
  return values > max_values;
}

/// The member of the outermost object that comes a second time; empty: none. A parser keeps the last alone.
std::string twice_in(std::string_view text) {
  std::set<std::string, std::less<>> seen;
  std::string twice;
  const json::parser_callback_t look = [&](int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::key && depth == 1 && twice.empty()) {
      auto name = parsed.get<std::string>();
      if (!seen.insert(name).second) twice = std::move(name);
    }
    return event == json::parse_event_t::key || depth == 0;
  };
  std::ignore = json::parse(text, look);
  return twice;
}

}  // namespace

result<Parameters> parse_json_body(std::string_view text) {
  if (has_many_values(text))
    return fail(Errc::limit, "", "more than " + std::to_string(max_values) + " values; send fewer");
  CAMFLEET_TRY(json object, parse_json(text, ""));
  if (!object.is_object())
    return fail(Errc::invalid_field, "", shown(object) + R"( is no JSON object; write {"Name": value, …})");
  if (const std::string twice = twice_in(text); !twice.empty())
    return fail(Errc::duplicate_field, name_text(twice), "given twice; give it once");
  Parameters pairs;
  for (auto& [name, value] : object.items()) {
    if (value.is_null()) continue;
    std::string content = value.is_string() ? std::move(value.get_ref<std::string&>()) : value.dump();
    if (name.find('\0') != std::string::npos || content.find('\0') != std::string::npos)
      return fail(Errc::invalid_field, name_text(name), "holds the character NUL; leave it out");
    pairs.emplace_back(name, std::move(content));
  }
  return pairs;
}

}  // namespace camfleet::api
