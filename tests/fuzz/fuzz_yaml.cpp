/// What is read as YAML: a value within its limits, or one line that says what is wrong.

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "actors/base/text.hpp"
#include "runtime/yaml/reader.hpp"
#include "tests/fuzz/require.hpp"

namespace camfleet::fuzz {
namespace {

using yaml::Value;

std::size_t depth_of(const Value& value) {
  std::size_t deepest = 0;
  for (const Value& item : value.items()) deepest = std::max(deepest, depth_of(item));
  for (const auto& entry : value.entries()) deepest = std::max(deepest, depth_of(entry.value));
  return deepest + 1;
}

void check_lines(const Value& value, int lines) {
  require(value.line() >= 1 && value.line() <= lines, "a value stands on a line of the text");
  for (const Value& item : value.items()) check_lines(item, lines);
  for (const auto& [name, line, inner] : value.entries()) {
    require(line >= 1 && line <= lines, "a name stands on a line of the text");
    require(value.find(name) == &inner, "a name stands once", name);
    check_lines(inner, lines);
  }
}

void run(std::string_view input) {
  const auto value = yaml::read_yaml(input, "f.yaml");
  const auto hidden = yaml::read_yaml(input, "f.yaml", yaml::Quoting::hides);
  require(value.has_value() == hidden.has_value(), "what is quoted of it changes nothing");
  if (!value.has_value()) {
    const std::string line = value.error().line();
    return require(is_plain_utf8(line) && line.size() <= 300, "a refusal is one short line of UTF-8", line);
  }
  require(value.value().count() <= yaml::max_values, "there are limits to how much it is");
  require(depth_of(value.value()) <= yaml::max_depth, "and to how deep");
  // A carriage return ends a line as well.
  const auto ends = std::ranges::count_if(input, [](char c) { return c == '\n' || c == '\r'; });
  check_lines(value.value(), static_cast<int>(ends) + 1);
}

}  // namespace
}  // namespace camfleet::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): it is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  camfleet::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
