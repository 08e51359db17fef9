#pragma once

#include <string>

#include "actors/machines/device.hpp"
#include "actors/machines/instance.hpp"
#include "actors/plan/roster.hpp"

namespace camfleet::sim {

/// Who waits for what of a slice without an outcome: one line. `device` is the one that runs it; null: it has
/// none there.
std::string wait_line(const Roster& roster, const Instance::Wait& wait, const Device* device);

}  // namespace camfleet::sim
