#pragma once

#include "simulator/kernel.hpp"
#include "simulator/modelled_plant.hpp"

namespace camfleet::sim {

/// Compiled once, beside the plant, so that what each sample calls of it can be inlined.
extern template class Kernel<ModelledPlant>;

}  // namespace camfleet::sim
