#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "actors/base/time.hpp"
#include "actors/machines/analyzer.hpp"
#include "actors/machines/device_settings.hpp"
#include "actors/machines/node_agent.hpp"
#include "actors/plan/capacity.hpp"
#include "simulator/checker/analysis_watch.hpp"
#include "simulator/fault.hpp"
#include "simulator/rare_situations.hpp"

namespace camfleet::sim {

struct KernelSettings {
  std::uint64_t seed = 1;
  Instant until = end_of_time;  ///< nothing is due from here on
  AnalyzerSettings analyzer;
  DeviceSettings device;
  std::string node = "local";     ///< of the ledger's rows
  std::uint64_t lose_one_in = 0;  ///< tests alone: every n-th message between actors is lost; 0 = none
  std::uint64_t loses = 0;        ///< tests alone: so is the one that is the n-th event; 0 = none
  /// For a roster with nodes: each has an analyzer with as many workers as ACU.
  Costs costs{};  ///< what placement weighs devices by
  LeaseSettings lease{};
  Duration link_delay = std::chrono::microseconds(500);
  std::vector<Fault> faults{};  ///< of which those of nodes and links are the kernel's
  /// By node: when it begins, end_of_time: never; of further ones at the start.
  std::vector<Instant> joins{};
  check::AnalysisWatch* watch = nullptr;  ///< sees what is analysed; outlives the kernel, as the next
  RareSituations* situations = nullptr;   ///< sees what a cluster comes to
};

}  // namespace camfleet::sim
