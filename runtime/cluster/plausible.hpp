#pragma once

#include "actors/machines/protocol.hpp"
#include "runtime/cluster/records.hpp"

namespace camfleet::cluster {

/// Whether what a node says of a slice can be so, at `now` of the scheduler's: sums that add up, and spans
/// and instants that a slice may have. What is not would go into rows as it is.
bool is_plausible(const SliceAccount& account, Instant now);
bool is_plausible(const SliceProgress& progress, Instant now);
bool is_plausible(const SliceDone& done, Instant now);
bool is_plausible(const KeptSliceName& kept, Instant now);

}  // namespace camfleet::cluster
