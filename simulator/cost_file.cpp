#include "simulator/cost_file.hpp"

#include <array>

#include <nlohmann/json.hpp>

#include "actors/spec/spec_fields.hpp"
#include "simulator/yaml_document.hpp"

namespace camfleet::sim {
namespace {

using nlohmann::json;

constexpr std::int64_t most_us = 3'600'000'000;
constexpr std::string_view unit = "whole microseconds";
constexpr std::array<std::string_view, 3> cost_fields{"decode_us_per_second", "analyse_us_per_sample",
                                                      "analyse_us_default"};

using Table = std::map<std::string, Duration, std::less<>>;

result<void> read_table(const Fields& fields, std::string_view name, Table& table) {
  if (!fields.has(name)) return success();
  CAMFLEET_TRY(const json object, fields.required(name));
  CAMFLEET_TRY(const Fields entries, Fields::of(object, std::string(name)));
  for (const auto& [key, value] : object.items()) {
    CAMFLEET_TRY(const auto us, entries.required_whole(key, 0, most_us, unit));
    table[key] = std::chrono::microseconds(us);
  }
  return success();
}

result<Costs> read(const json& root) {
  Costs costs;
  CAMFLEET_TRY(const Fields fields, Fields::of(root, ""));
  CAMFLEET_CHECK(fields.refuse_unknown(cost_fields, {}));
  CAMFLEET_CHECK(read_table(fields, cost_fields[0], costs.decode_per_second));
  CAMFLEET_CHECK(read_table(fields, cost_fields[1], costs.analyse_per_sample));
  CAMFLEET_TRY(const auto other, fields.whole(cost_fields[2], 0, most_us, unit));
  if (other) costs.analyse_default = std::chrono::microseconds(*other);
  return costs;
}

std::string microseconds_of(Duration span) {
  return std::to_string(std::chrono::floor<std::chrono::microseconds>(span).count());
}

void append_table(std::string& text, std::string_view name, const Table& table, std::string_view quote) {
  if (table.empty()) return;
  text += std::string(name) + ":\n";
  for (const auto& [key, span] : table)
    text += "  " + std::string(quote) + key + std::string(quote) + ": " + microseconds_of(span) + "\n";
}

}  // namespace

result<Costs> load_costs(const std::string& path) {
  CAMFLEET_TRY(const YamlDocument document, YamlDocument::load(path));
  auto costs = read(document.root());
  if (!costs.has_value()) return pass(document.locate(costs.error()));
  return costs;
}

std::string to_yaml(const Costs& costs) {
  std::string text;
  append_table(text, cost_fields[0], costs.decode_per_second, "");
  append_table(text, cost_fields[1], costs.analyse_per_sample, "\"");
  return text + std::string(cost_fields[2]) + ": " + microseconds_of(costs.analyse_default) + "\n";
}

}  // namespace camfleet::sim
