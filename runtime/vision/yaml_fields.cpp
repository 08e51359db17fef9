#include "runtime/vision/yaml_fields.hpp"

#include <algorithm>
#include <set>

#include "runtime/vision/numbers.hpp"

namespace camfleet::vision {
namespace {

constexpr std::size_t longest_in_list = 256;

std::string_view kind_of(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return "a single value";
    case YAML::NodeType::Sequence:
      return "a list";
    case YAML::NodeType::Map:
      return "a mapping";
    default:
      return "empty";
  }
}

std::string plain(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

std::string place_of(std::string_view origin, const YAML::Mark& mark) {
  return std::string(origin) + ":" + std::to_string(mark.line + 1);
}

std::string listed(std::span<const std::string_view> names) {
  std::string list;
  for (const auto name : names) add_item(list, name);
  return list;
}

result<Fields> Fields::open(const YAML::Node& node, std::string_view origin, std::string path,
                            std::span<const std::string_view> allowed) {
  const Fields fields(node, origin, std::move(path));
  const std::string here = fields.path_.empty() ? "the file" : fields.path_;
  if (!node.IsMap()) {
    return fail(Errc::invalid_field, place_of(origin, node.Mark()) + ": " + here,
                "is " + std::string(kind_of(node)) + "; it is a mapping with " + listed(allowed));
  }
  std::set<std::string> seen;
  for (const auto& entry : node) {
    const auto place = place_of(origin, entry.first.Mark()) + ": ";
    if (!entry.first.IsScalar()) {
      return fail(Errc::invalid_field, place + here, "a key is no text; allowed are " + listed(allowed));
    }
    const auto& key = entry.first.Scalar();
    if (std::find(allowed.begin(), allowed.end(), key) == allowed.end()) {
      return fail(Errc::invalid_field, place + here,
                  "unknown key " + quoted(key) + "; allowed are " + listed(allowed));
    }
    if (!seen.insert(key).second) {
      return fail(Errc::invalid_field, place + here, "key " + quoted(key) + " is given twice; once is right");
    }
  }
  return fields;
}

YAML::Node Fields::find(std::string_view key) const {
  for (const auto& entry : node_) {
    if (entry.first.IsScalar() && entry.first.Scalar() == key) return entry.second;
  }
  return YAML::Node(YAML::NodeType::Undefined);
}

std::string Fields::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

Error Fields::wrong(std::string_view key, std::string what, Errc code) const {
  const auto value = find(key);
  const auto mark = value.IsDefined() ? value.Mark() : node_.Mark();
  return {code, place_of(origin_, mark) + ": " + path_of(key), std::move(what)};
}

result<std::string> Fields::text(std::string_view key, std::size_t longest) const {
  const std::string right = "a text of 1 to " + std::to_string(longest) + " bytes";
  const auto value = find(key);
  if (!value.IsDefined()) return wrong(key, "is absent; it is " + right, Errc::missing_field);
  if (!value.IsScalar()) return wrong(key, "is " + std::string(kind_of(value)) + "; it is " + right);
  const auto& text = value.Scalar();
  if (text.empty() || text.size() > longest || has_control_character(text)) {
    return wrong(key, quoted(text) + " is wrong; it is " + right + " without control characters");
  }
  return text;
}

result<double> Fields::number(std::string_view key, double least, double most,
                              std::optional<double> fallback) const {
  const std::string right = "a number from " + plain(least) + " to " + plain(most);
  const auto value = find(key);
  if (!value.IsDefined()) {
    if (fallback) return *fallback;
    return wrong(key, "is absent; it is " + right, Errc::missing_field);
  }
  if (!value.IsScalar()) return wrong(key, "is " + std::string(kind_of(value)) + "; it is " + right);
  const auto number = parse_number(value.Scalar());
  if (!number || *number < least || *number > most) {
    return wrong(key, quoted(value.Scalar()) + " is wrong; it is " + right);
  }
  return *number;
}

result<std::vector<YAML::Node>> Fields::list(std::string_view key, std::size_t least,
                                             std::size_t most) const {
  const std::string right = "a list of " + std::to_string(least) +
                            (least == most ? "" : " to " + std::to_string(most)) +
                            (most == 1 ? " entry" : " entries");
  const auto value = find(key);
  if (!value.IsDefined()) return wrong(key, "is absent; it is " + right, Errc::missing_field);
  if (!value.IsSequence()) return wrong(key, "is " + std::string(kind_of(value)) + "; it is " + right);
  if (value.size() < least || value.size() > most) {
    return wrong(key, "has " + std::to_string(value.size()) + "; it is " + right,
                 value.size() > most && most > 2 ? Errc::limit : Errc::invalid_field);
  }
  return std::vector<YAML::Node>(value.begin(), value.end());
}

result<std::vector<std::string>> Fields::texts(std::string_view key, std::size_t least, std::size_t most,
                                               bool empty_ones) const {
  CAMFLEET_TRY(const auto nodes, list(key, least, most));
  std::vector<std::string> values;
  for (const auto& node : nodes) {
    const bool fits = node.IsScalar() && node.Scalar().size() <= longest_in_list &&
                      !has_control_character(node.Scalar()) && (empty_ones || !node.Scalar().empty());
    if (!fits) {
      const auto where =
          place_of(origin_, node.Mark()) + ": " + path_of(key) + "[" + std::to_string(values.size()) + "]";
      return fail(
          Errc::invalid_field, where,
          (node.IsScalar() ? quoted(node.Scalar()) + " is wrong" : "is " + std::string(kind_of(node))) +
              "; it is a text of at most 256 bytes without control characters");
    }
    values.push_back(node.Scalar());
  }
  return values;
}

result<std::vector<std::pair<std::string, std::string>>> Fields::flat(std::string_view key) const {
  std::vector<std::pair<std::string, std::string>> pairs;
  const auto value = find(key);
  if (!value.IsDefined()) return pairs;
  if (!value.IsMap()) return wrong(key, "is " + std::string(kind_of(value)) + "; it is a mapping");
  for (const auto& entry : value) {
    const bool scalar = entry.second.IsScalar();
    if (!entry.first.IsScalar() || !(scalar || entry.second.IsSequence()) || pairs.size() == 32) {
      return wrong(key, "has an entry that is no value and no short list of values");
    }
    std::string joined = scalar ? entry.second.Scalar() : "";
    for (std::size_t i = 0; !scalar && i < std::min<std::size_t>(entry.second.size(), 8); ++i) {
      const auto part = entry.second[i];
      joined += (i == 0 ? "" : ",") + (part.IsScalar() ? part.Scalar() : std::string(kind_of(part)));
    }
    const bool twice = std::any_of(pairs.begin(), pairs.end(),
                                   [&](const auto& pair) { return pair.first == entry.first.Scalar(); });
    if (twice) return wrong(key, "has " + quoted(entry.first.Scalar()) + " twice; once is right");
    pairs.emplace_back(entry.first.Scalar(), joined);
  }
  return pairs;
}

}  // namespace camfleet::vision
