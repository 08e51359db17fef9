#pragma once

#include "actors/base/error.hpp"
#include "actors/plan/capacity.hpp"
#include "simulator/scenario.hpp"
#include "tools/camfleet/worlds/world.hpp"

namespace camfleet::cli {

/// Adds to `costs` what a scenario's synthetic cameras cost on this machine, in CPU time of one core: the
/// frames of each of their formats, and each algorithm on pictures of the cameras that it looks at. Makes
/// their loops first. Errors: those of the run's preparation; ended: `options.filming` stopped it.
result<void> measure_films(const sim::Scenario& scenario, RunOptions options, Costs& costs);

}  // namespace camfleet::cli
