#pragma once

#include <cstdint>

#include "actors/roster.hpp"
#include "actors/time.hpp"

namespace camfleet {

/// The least number of slices that any plan must run at once somewhere in [from, until): the highest ⌈Σ
/// D·min(n,P)/P⌉ over the windows that are open together. Windows without polling count each of their devices
/// whole. Walks every window once.
std::int64_t concurrency_bound(const Roster& roster, Instant from, Instant until);

}  // namespace camfleet
