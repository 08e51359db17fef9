#include "simulator/modelled_kernel.hpp"

namespace camfleet::sim {

template class Kernel<ModelledPlant>;

}  // namespace camfleet::sim
