#include "runtime/vision/numbers.hpp"

#include <charconv>
#include <cmath>

namespace camfleet::vision {
namespace {

std::optional<double> plain_number(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return plain_number(text);
  const auto above = plain_number(text.substr(0, slash));
  const auto below = plain_number(text.substr(slash + 1));
  if (!above || !below || *below == 0) return std::nullopt;
  const double value = *above / *below;
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<int> parse_whole(std::string_view text, int least, int most) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || value < least || value > most) return std::nullopt;
  return value;
}

std::vector<double> parse_triple(std::string_view text) {
  std::vector<double> values;
  while (values.size() < 4) {
    const auto comma = text.find(',');
    const auto value = parse_number(text.substr(0, comma));
    if (!value) return {};
    values.push_back(*value);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  if (values.size() == 1) return {values[0], values[0], values[0]};
  return values.size() == 3 ? values : std::vector<double>{};
}

}  // namespace camfleet::vision
