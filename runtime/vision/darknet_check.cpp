#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "runtime/vision/network_checks.hpp"
#include "runtime/vision/numbers.hpp"
#include "runtime/vision/text.hpp"

namespace camfleet::vision {
namespace {

constexpr std::size_t max_sections = 2'000;
constexpr int max_number = 1'000'000;

/// A key of a cfg that OpenCV uses as a size, and the values with which it makes sense.
struct SizeKey {
  std::string_view key;
  int least;
  int most;
};

constexpr SizeKey size_keys[] = {
    {"width", 1, 8192}, {"height", 1, 8192}, {"channels", 1, 64},  {"filters", 1, 65536},
    {"size", 1, 256},   {"stride", 1, 256},  {"groups", 1, 65536}, {"classes", 1, 100000},
    {"num", 1, 1000},   {"pad", 0, 256},     {"padding", 0, 256},  {"output", 1, max_number},
};

struct Section {
  std::string name;  ///< with its brackets
  int line = 0;
  std::map<std::string, std::string, std::less<>> values;

  [[nodiscard]] std::string where() const { return "cfg line " + std::to_string(line); }
  [[nodiscard]] const std::string* find(std::string_view key) const {
    const auto found = values.find(key);
    return found == values.end() ? nullptr : &found->second;
  }
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> parts;
  for (auto comma = list.find(','); comma != std::string_view::npos; comma = list.find(',')) {
    parts.push_back(trimmed(list.substr(0, comma)));
    list.remove_prefix(comma + 1);
  }
  parts.push_back(trimmed(list));
  return parts;
}

result<std::vector<Section>> read_sections(std::string_view text) {
  std::vector<Section> sections;
  for (int line_number = 1; !text.empty(); ++line_number) {
    const auto end = text.find('\n');
    const auto line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::string where = "cfg line " + std::to_string(line_number);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      if (sections.size() == max_sections) {
        return fail(Errc::model, where, "more than " + std::to_string(max_sections) + " sections");
      }
      sections.push_back({std::string(line), line_number, {}});
      continue;
    }
    const auto equals = line.find('=');
    if (sections.empty() || equals == std::string_view::npos) {
      return fail(Errc::model, where, "is no darknet cfg; [section] or key=value is right");
    }
    auto& values = sections.back().values;
    values[std::string(trimmed(line.substr(0, equals)))] = trimmed(line.substr(equals + 1));
  }
  return sections;
}

result<void> check_sizes(const Section& section) {
  for (const auto& rule : size_keys) {
    const auto* value = section.find(rule.key);
    if (value == nullptr || parse_whole(*value, rule.least, rule.most)) continue;
    return fail(Errc::model, section.where(),
                section.name + " " + std::string(rule.key) + "=" + value->substr(0, 40) +
                    " is wrong; it is a whole number from " + std::to_string(rule.least) + " to " +
                    std::to_string(rule.most));
  }
  return success();
}

/// Layers named by other layers: by their number, or counted back from this one.
result<void> check_references(const Section& section, int layer) {
  for (const std::string_view key : {"layers", "from"}) {
    const auto* value = section.find(key);
    if (value == nullptr) continue;
    for (const auto part : split(*value)) {
      if (parse_whole(part, -layer, layer - 1)) continue;
      return fail(Errc::model, section.where(),
                  section.name + " " + std::string(key) + "=" + value->substr(0, 40) +
                      " is wrong; it names layers before this one");
    }
  }
  return success();
}

/// The boxes of a [yolo] layer: `num` anchors of two numbers, of which `mask` picks some.
result<void> check_anchors(const Section& section) {
  if (section.name != "[yolo]") return success();
  const auto* anchors = section.find("anchors");
  const auto* mask = section.find("mask");
  const auto* num = section.find("num");
  if (anchors == nullptr || mask == nullptr || num == nullptr || section.find("classes") == nullptr) {
    return fail(Errc::model, section.where(), "[yolo] lacks one of mask, anchors, classes, num");
  }
  const int count = parse_whole(*num, 1, 1000).value_or(0);
  const auto numbers = split(*anchors);
  if (numbers.size() != 2 * static_cast<std::size_t>(count)) {
    return fail(Errc::model, section.where(),
                "[yolo] has " + std::to_string(numbers.size()) + " anchors, expected " +
                    std::to_string(2 * count) + " (two for each of num=" + *num + ")");
  }
  for (const auto part : split(*mask)) {
    if (parse_whole(part, 0, count - 1)) continue;
    return fail(Errc::model, section.where(),
                "[yolo] mask=" + mask->substr(0, 40) + " is wrong; its numbers are from 0 to num-1");
  }
  return success();
}

}  // namespace

result<void> check_darknet_cfg(std::string_view text) {
  CAMFLEET_TRY(const auto sections, read_sections(text));
  if (sections.empty() || (sections[0].name != "[net]" && sections[0].name != "[network]")) {
    return fail(Errc::model, "cfg", "begins with no [net]; a darknet cfg does");
  }
  if (sections.size() < 2) return fail(Errc::model, "cfg", "has no layers");
  for (std::size_t i = 0; i < sections.size(); ++i) {
    CAMFLEET_CHECK(check_sizes(sections[i]));
    CAMFLEET_CHECK(check_anchors(sections[i]));
    if (i > 0) CAMFLEET_CHECK(check_references(sections[i], static_cast<int>(i) - 1));
  }
  return success();
}

}  // namespace camfleet::vision
