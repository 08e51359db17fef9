#pragma once

#include <cstdint>
#include <string>

#include "actors/base/time.hpp"
#include "actors/machines/analyzer.hpp"
#include "actors/machines/device_settings.hpp"
#include "actors/machines/instance.hpp"
#include "actors/machines/node_agent.hpp"
#include "actors/plan/capacity.hpp"

namespace camfleet::shells {

/// Which of the actors of a fleet a process has.
enum class Role : std::uint8_t {
  whole,      ///< all: there are no nodes
  scheduler,  ///< scheduler, placement, membership and instances
  node,       ///< devices and an analyzer, with an agent that stands for them; numbers are the node's own
};

struct ActorSettings {
  Role role = Role::whole;
  std::uint64_t seed = 1;
  Instant until = end_of_time;  ///< nothing is due from here on
  std::string node = "local";   ///< in the ledger's rows
  AnalyzerSettings analyzer;
  DeviceSettings device;
  Costs costs;                                 ///< of a scheduler's placement
  LeaseSettings lease;                         ///< of a scheduler and its nodes: in real time at any speed
  Duration joining = Instance::usual_joining;  ///< of a scheduler, in the time of the run
  std::uint64_t reign = 0;  ///< of a scheduler: tells this process from those before and after it
};

}  // namespace camfleet::shells
