#include "simulator/scenario_schema.hpp"

#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "simulator/fault.hpp"
#include "simulator/scenario.hpp"

namespace camfleet::sim {
namespace {

using nlohmann::json;

TEST(ScenarioSchema, TheReferenceIsTheOneInDocs) {
  std::ifstream file(std::string(CAMFLEET_TREE) + "/docs/09-scenario-reference.md", std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), scenario_reference())
      << "stale; camfleet scenario --reference > docs/09-scenario-reference.md";
}

TEST(ScenarioSchema, HasEveryKindOfFault) {
  const json schema = json::parse(scenario_schema());
  EXPECT_EQ(schema["$defs"]["fault_kind"]["enum"], json(fault_names));
}

/// What the reader says is right where a field is unknown, "…; right are a, b, c".
std::set<std::string> fields_that_are_read(const std::string& object) {
  const std::string text =
      "name: n\nclock: {from: \"2026-03-01T00:00:00Z\", for: 1d" +
      std::string(object == "clock" ? ", zzz: 1" : "") + "}\nnodes: [{id: a, acu: 1" +
      (object == "node" ? ", zzz: 1" : "") + "}, {id: b, acu: 1}]\n" + (object == "" ? "zzz: 1\n" : "") +
      "devices: [{id: d, source: \"rtsp://d\"" + (object == "device" ? ", zzz: 1" : "") +
      "}]\ninstances:\n  - InstanceName: i\n    AlgorithmType: PICTURE\n    Devices: [{DeviceId: d, "
      "StartStream: true" +
      (object == "instance_device" ? ", zzz: 1" : "") +
      "}]\n    Algorithms: [{AlgorithmId: \"1\", AlgorithmName: a" +
      (object == "algorithm" ? ", zzz: 1" : "") + "}]\n    ScheduleType: ONCE\n" +
      (object == "instance" ? "    zzz: 1\n" : "") +
      "faults: [{at: \"2026-03-01T00:00:00Z\", device: d, kind: freeze, for: 1s" +
      (object == "fault_at" ? ", zzz: 1" : "") +
      "}, {draw: 1, from: seed, devices: d, kinds: [freeze], for: 1s" +
      (object == "fault_drawn" ? ", zzz: 1" : "") + "}]\n";
  const auto scenario = read_scenario(YamlDocument::parse(text, "s.yaml").value());
  if (scenario.has_value()) return {};
  const std::string line = scenario.error().line();
  std::set<std::string> names;
  const std::size_t at = line.rfind(": ") + 2;
  std::istringstream list(
      line.substr(line.find("are ", at) == std::string::npos ? at : line.find("are ", at) + 4));
  for (std::string name; std::getline(list, name, ',');) {
    name.erase(0, name.find_first_not_of(' '));
    names.insert(name);
  }
  return names;
}

std::set<std::string> fields_of(const json& object) {
  std::set<std::string> names;
  for (const auto& [name, field] : object["properties"].items()) {
    if (!field.empty()) names.insert(name);
  }
  return names;
}

TEST(ScenarioSchema, HasTheFieldsThatAreRead) {
  const json schema = json::parse(scenario_schema());
  EXPECT_EQ(fields_that_are_read(""), fields_of(schema));
  for (const char* object : {"clock", "node", "device", "instance", "instance_device", "algorithm"})
    EXPECT_EQ(fields_that_are_read(object), fields_of(schema["$defs"][object])) << object;
  auto of_faults = fields_that_are_read("fault_at");
  of_faults.merge(fields_that_are_read("fault_drawn"));
  EXPECT_EQ(of_faults, fields_of(schema["$defs"]["fault"]));
}

}  // namespace
}  // namespace camfleet::sim
