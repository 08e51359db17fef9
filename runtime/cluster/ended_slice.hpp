#pragma once

#include <string>

#include "actors/base/time.hpp"

namespace camfleet::cluster {

/// A slice that has ended at a node and has no row yet, by names that hold in every life of the scheduler and
/// of the node, with what is to be said of it.
struct EndedSlice {
  std::string instance;
  std::string device;
  Instant due_at{};
  /// An envelope: KeptSliceName, NodeTrouble of what explains it, ToInstance<SliceAccount>, and at last
  /// ToInstance<SliceDone>. Their numbers say nothing.
  std::string records{};
};

}  // namespace camfleet::cluster
