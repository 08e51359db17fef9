#include "actors/base/json_text.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "actors/base/text.hpp"

namespace camfleet {
namespace {

/// "line 2, column 5" of the byte at `at`.
std::string place(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(at - line_start + 1);
}

/// Where the nesting first exceeds max_json_depth; the end of `text` when it does not.
std::size_t find_too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (depth > max_json_depth) return at;
  }
  return text.size();
}

auto not_json(std::string_view text, std::string_view where, std::size_t at) {
  return fail(Errc::invalid_field, std::string(where),
              quote(text) + " is not JSON: it goes wrong at " + place(text, at));
}

}  // namespace

result<nlohmann::json> parse_json(std::string_view text, std::string_view where) {
  // Values are copied and written by recursion, so the depth must be known before one is made.
  if (const std::size_t at = find_too_deep(text); at < text.size()) {
    return fail(Errc::limit, std::string(where),
                quote(text) + " is nested too deeply at " + place(text, at) + "; at most " +
                    std::to_string(max_json_depth) + " levels");
  }
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    return not_json(text, where, std::min(text.size(), error.byte > 0 ? error.byte - 1 : 0));
  } catch (const nlohmann::json::exception&) {
    return fail(Errc::invalid_field, std::string(where), quote(text) + " has a number that is too large");
  }
}

nlohmann::json json_seconds(Duration span) {
  return nlohmann::json::parse(to_seconds(span));
}

std::string shown(const nlohmann::json& value) {
  if (value.is_string()) return quote(value.get_ref<const std::string&>());
  return quote(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace camfleet
