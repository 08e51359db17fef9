#include "runtime/vision/yaml_fields.hpp"

#include <algorithm>

#include "runtime/vision/numbers.hpp"

namespace camfleet::vision {
namespace {

constexpr std::size_t longest_in_list = 256;

std::string plain(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

std::string place_of(std::string_view origin, int line) {
  return std::string(origin) + ":" + std::to_string(line);
}

std::string listed(std::span<const std::string_view> names) {
  std::string list;
  for (const auto name : names) add_item(list, name);
  return list;
}

result<Fields> Fields::open(const yaml::Value& node, std::string_view origin, std::string path,
                            std::span<const std::string_view> allowed) {
  const Fields fields(node, origin, std::move(path));
  const std::string here = fields.path_.empty() ? "the file" : fields.path_;
  if (!node.is_mapping()) {
    return fail(Errc::invalid_field, place_of(origin, node.line()) + ": " + here,
                "is " + std::string(node.kind_text()) + "; it is a mapping with " + listed(allowed));
  }
  for (const yaml::Value::Entry& entry : node.entries()) {
    if (std::find(allowed.begin(), allowed.end(), entry.name) == allowed.end()) {
      return fail(Errc::invalid_field, place_of(origin, entry.line) + ": " + here,
                  "unknown key " + in_quotes(entry.name) + "; allowed are " + listed(allowed));
    }
  }
  return fields;
}

std::string Fields::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

Error Fields::wrong(std::string_view key, std::string what, Errc code) const {
  const auto* value = find(key);
  return {code, place_of(origin_, value == nullptr ? node_->line() : value->line()) + ": " + path_of(key),
          std::move(what)};
}

result<std::string> Fields::text(std::string_view key, std::size_t longest) const {
  const std::string right = "a text of 1 to " + std::to_string(longest) + " bytes";
  const auto* value = find(key);
  if (value == nullptr) return wrong(key, "is absent; it is " + right, Errc::missing_field);
  if (!value->is_text()) return wrong(key, "is " + std::string(value->kind_text()) + "; it is " + right);
  const auto& text = value->text();
  if (text.empty() || text.size() > longest || has_control_character(text)) {
    return wrong(key, in_quotes(text) + " is wrong; it is " + right + " without control characters");
  }
  return text;
}

result<double> Fields::number(std::string_view key, double least, double most,
                              std::optional<double> fallback) const {
  const std::string right = "a number from " + plain(least) + " to " + plain(most);
  const auto* value = find(key);
  if (value == nullptr) {
    if (fallback) return *fallback;
    return wrong(key, "is absent; it is " + right, Errc::missing_field);
  }
  if (!value->is_text()) return wrong(key, "is " + std::string(value->kind_text()) + "; it is " + right);
  const auto number = parse_number(value->text());
  if (!number || *number < least || *number > most) {
    return wrong(key, in_quotes(value->text()) + " is wrong; it is " + right);
  }
  return *number;
}

result<const std::vector<yaml::Value>*> Fields::list(std::string_view key, std::size_t least,
                                                     std::size_t most) const {
  const std::string right = "a list of " + std::to_string(least) +
                            (least == most ? "" : " to " + std::to_string(most)) +
                            (most == 1 ? " entry" : " entries");
  const auto* value = find(key);
  if (value == nullptr) return wrong(key, "is absent; it is " + right, Errc::missing_field);
  if (!value->is_list()) return wrong(key, "is " + std::string(value->kind_text()) + "; it is " + right);
  if (value->items().size() < least || value->items().size() > most) {
    return wrong(key, "has " + std::to_string(value->items().size()) + "; it is " + right,
                 value->items().size() > most && most > 2 ? Errc::limit : Errc::invalid_field);
  }
  return &value->items();
}

result<std::vector<std::string>> Fields::texts(std::string_view key, std::size_t least, std::size_t most,
                                               bool empty_ones) const {
  CAMFLEET_TRY(const auto* const nodes, list(key, least, most));
  std::vector<std::string> values;
  for (const yaml::Value& node : *nodes) {
    const bool fits = node.is_text() && node.text().size() <= longest_in_list &&
                      !has_control_character(node.text()) && (empty_ones || !node.text().empty());
    if (!fits) {
      const auto where =
          place_of(origin_, node.line()) + ": " + path_of(key) + "[" + std::to_string(values.size()) + "]";
      return fail(
          Errc::invalid_field, where,
          (node.is_text() ? in_quotes(node.text()) + " is wrong" : "is " + std::string(node.kind_text())) +
              "; it is a text of at most 256 bytes without control characters");
    }
    values.push_back(node.text());
  }
  return values;
}

result<std::vector<std::pair<std::string, std::string>>> Fields::flat(std::string_view key) const {
  std::vector<std::pair<std::string, std::string>> pairs;
  const auto* value = find(key);
  if (value == nullptr) return pairs;
  if (!value->is_mapping()) return wrong(key, "is " + std::string(value->kind_text()) + "; it is a mapping");
  for (const yaml::Value::Entry& entry : value->entries()) {
    const yaml::Value& inner = entry.value;
    if (!(inner.is_text() || inner.is_list()) || pairs.size() == 32) {
      return wrong(key, "has an entry that is no value and no short list of values");
    }
    std::string joined = inner.text();
    for (std::size_t i = 0; i < std::min<std::size_t>(inner.items().size(), 8); ++i) {
      const yaml::Value& part = inner.items()[i];
      joined += i == 0 ? "" : ",";
      joined += part.is_text() ? part.text() : std::string(part.kind_text());
    }
    pairs.emplace_back(entry.name, joined);
  }
  return pairs;
}

}  // namespace camfleet::vision
