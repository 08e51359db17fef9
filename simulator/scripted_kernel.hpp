#pragma once

#include "simulator/kernel.hpp"
#include "simulator/scripted_plant.hpp"

namespace camfleet::sim {

/// Compiled once, for all tests of the machines.
extern template class Kernel<ScriptedPlant>;

}  // namespace camfleet::sim
