#include "simulator/scripted_kernel.hpp"

namespace camfleet::sim {

template class Kernel<ScriptedPlant>;

}  // namespace camfleet::sim
