#include "simulator/scenario_schema.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "simulator/scenario_schema_text.hpp"

namespace camfleet::sim {
namespace {

using nlohmann::ordered_json;

/// The text of a field or of what it refers to.
const ordered_json* find(const ordered_json& schema, const ordered_json& field, const char* name) {
  if (const auto own = field.find(name); own != field.end()) return &*own;
  const auto ref = field.find("$ref");
  if (ref == field.end()) return nullptr;
  const auto& target = schema.at(ordered_json::json_pointer(ref->get<std::string>().substr(1)));
  const auto there = target.find(name);
  return there == target.end() ? nullptr : &*there;
}

std::string plain(const ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string joined(const ordered_json& list, std::string_view between) {
  std::string text;
  for (const ordered_json& value : list) text += (text.empty() ? "" : std::string(between)) + plain(value);
  return text;
}

std::string range_of(const ordered_json& schema, const ordered_json& field) {
  const ordered_json* least = find(schema, field, "minimum");
  const ordered_json* most = find(schema, field, "maximum");
  if (least == nullptr) return "";
  return most == nullptr ? ", at least " + plain(*least) : ", " + plain(*least) + " to " + plain(*most);
}

/// A whole number or a flag may be text, as in the call; that is said once.
std::string type_of(const ordered_json& schema, const ordered_json& field) {
  if (const ordered_json* choices = find(schema, field, "enum")) {
    ordered_json shown = ordered_json::array();
    for (const ordered_json& choice : *choices) {
      const bool again =
          std::ranges::any_of(shown, [&](const auto& one) { return plain(one) == plain(choice); });
      if (!again) shown.push_back(choice);
    }
    return joined(shown, ", ");
  }
  if (field.value("$ref", "") == "#/$defs/instant") return "instant";
  if (field.value("$ref", "") == "#/$defs/span") return "span";
  const ordered_json* type = find(schema, field, "type");
  if (type == nullptr) return "any";
  const std::string first = type->is_array() ? plain(type->front()) : plain(*type);
  if (first == "string") return type->is_array() && plain(type->back()) == "array" ? "text or list" : "text";
  if (first == "integer") return "whole number" + range_of(schema, field);
  if (first == "boolean") return "true, false";
  return first == "array" ? "list" : "mapping";
}

void append_object(const ordered_json& schema, const ordered_json& object, std::string& text) {
  text += "\n## " + object.value("title", "") + "\n\n";
  if (object.contains("description")) text += object["description"].get<std::string>() + "\n\n";
  text += "| field | is | default | says |\n|---|---|---|---|\n";
  const ordered_json required = object.value("required", ordered_json::array());
  for (const auto& [name, field] : object["properties"].items()) {
    if (field.empty()) continue;
    const ordered_json* fallback = find(schema, field, "default");
    std::string otherwise = fallback == nullptr ? "" : "`" + plain(*fallback) + "`";
    if (std::ranges::find(required, ordered_json(name)) != required.end()) otherwise = "required";
    for (const std::string& cell : {name, type_of(schema, field), otherwise, field.value("description", "")})
      text.append("| ").append(cell).append(" ");
    text += "|\n";
  }
}

}  // namespace

std::string_view scenario_schema() {
  return scenario_schema_text;
}

std::string scenario_reference() {
  const ordered_json schema = ordered_json::parse(scenario_schema());
  std::string text =
      "# Scenario reference\n\nEvery field of a scenario file, from its JSON Schema: `camfleet scenario "
      "--reference` "
      "prints this page and\n`camfleet scenario --schema` the schema, for editors. "
      "[Scenarios](04-scenarios.md) has an example.\n\n"
      "A span is a whole number with ms, s, min, h or d; an instant is ISO 8601 with a zone offset. Whole "
      "numbers "
      "and flags may be\ntext, as in the call.\n";
  ordered_json top = schema;
  top["title"] = "The file";
  append_object(schema, top, text);
  for (const auto& [name, object] : schema["$defs"].items()) {
    if (object.contains("properties")) append_object(schema, object, text);
  }
  return text;
}

}  // namespace camfleet::sim
