#include "actors/spec/stream_hints.hpp"

#include <algorithm>

#include "actors/base/text.hpp"

namespace camfleet {

std::optional<std::uint32_t> parse_bit_rate(std::string_view text) {
  if (!text.ends_with("kbps") && !text.ends_with("Mbps")) return std::nullopt;
  const std::uint32_t unit = text.ends_with("Mbps") ? 1000 : 1;
  const std::string_view number = text.substr(0, text.size() - 4);
  const std::size_t point = std::min(number.find('.'), number.size());
  const auto whole = parse_int<std::uint32_t>(number.substr(0, point));
  const std::string_view places = point == number.size() ? "0" : number.substr(point + 1);
  const auto fraction = parse_int<std::uint32_t>(places);
  if (!whole || !fraction || places.size() > 9 || *whole > 100'000 || (*whole == 0 && *fraction == 0))
    return std::nullopt;
  std::uint64_t scale = 1;
  for (std::size_t i = 0; i < places.size(); ++i) scale *= 10;
  const std::uint64_t part = (std::uint64_t{*fraction} * unit + scale - 1) / scale;
  return *whole * unit + static_cast<std::uint32_t>(part);
}

std::optional<FrameSize> parse_size(std::string_view text) {
  const auto side = [](std::string_view number) {
    const auto value = parse_int<int>(number);
    return value && *value >= 16 && *value <= 16'384 ? value : std::nullopt;
  };
  if (text.ends_with("p")) {
    const auto lines = side(text.substr(0, text.size() - 1));
    return lines ? std::optional(FrameSize{*lines * 16 / 9, *lines}) : std::nullopt;
  }
  const std::size_t cross = std::min(text.find('x'), text.size());
  const auto width = side(text.substr(0, cross));
  const auto height = side(text.substr(std::min(cross + 1, text.size())));
  return width && height ? std::optional(FrameSize{*width, *height}) : std::nullopt;
}

std::optional<Coding> parse_coding(std::string_view text) {
  const auto* found = std::ranges::find(coding_names, text);
  if (found == coding_names.end()) return std::nullopt;
  return static_cast<Coding>(found - coding_names.begin());
}

}  // namespace camfleet
