#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "actors/plan/roster.hpp"
#include "actors/spec/spec.hpp"
#include "simulator/fault.hpp"
#include "simulator/scenario_nodes.hpp"
#include "simulator/yaml_document.hpp"

namespace camfleet::sim {

/// A device of the fleet, pattern expanded.
struct ScenarioDevice {
  std::string id;
  std::string region;
  std::string source;  ///< URL, variables expanded
};

/// One scenario file: a fleet, its instances, a span of time, and what is expected of the run.
struct Scenario {
  std::string name;
  std::uint64_t seed = 1;
  Instant from{};
  Duration span{};
  std::string zone = "Asia/Shanghai";
  std::vector<ScenarioDevice> devices;
  std::vector<InstanceSpec> instances;
  bool counted = false;           ///< samples in closed form where nothing contends; virtual world
  std::string costs;              ///< a cost file; empty: the defaults
  std::vector<FaultRule> faults;  ///< the virtual world's, and in each those of synthetic cameras
  /// What carries devices and analyses in the virtual world. None: the scheduler's process, of 2 ACU. One:
  /// the scheduler's process too. More: each is a process of its own.
  std::vector<ScenarioNode> nodes;
  std::vector<std::string> expectations;

  [[nodiscard]] Instant until() const { return from + span; }
};

inline constexpr std::size_t max_fleet = 1'000'000;
inline constexpr std::size_t max_instances = 100'000;
inline constexpr std::size_t max_expectations = 1'000;

/// Puts `count` nodes like the scenario's first one in the place of its own. Errors: limit; invalid_field
/// when a fault is of a node that is not there any longer.
result<void> replace_nodes(Scenario& scenario, std::uint32_t count);

/// So many processes are to carry the scenario's devices, all from the beginning: its nodes where there are
/// as many, else those of replace_nodes. Errors: those of replace_nodes; unsupported: a fault that cannot
/// befall a process.
result<void> use_processes(Scenario& scenario, std::uint32_t count);

inline constexpr std::size_t max_includes = 100;

/// Reads a scenario file and the fleet files that it includes. `${NAME}` in a source is an environment
/// variable; CAMFLEET_DATA defaults to the folder that tools/setup fills. Errors: one line "FILE:LINE: field:
/// value is wrong, what would be right".
result<Scenario> load_scenario(const std::string& path);
/// `included`: what the document's `include` names, in its order.
result<Scenario> read_scenario(const YamlDocument& document, const std::vector<YamlDocument>& included = {});

}  // namespace camfleet::sim
