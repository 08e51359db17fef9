#pragma once

#include <ostream>
#include <vector>

#include "actors/plan/rounds.hpp"

namespace camfleet {

/// Shown by GoogleTest and RapidCheck, in seconds after 1970.
std::ostream& operator<<(std::ostream& out, const PlannedSlice& slice);

namespace testing {

/// Seconds after 1970.
inline Instant at_second(std::int64_t second) {
  return Instant(seconds(second));
}

/// A window of [opens_s, closes_s).
inline Window window(std::int64_t opens_s, std::int64_t closes_s) {
  return {at_second(opens_s), at_second(closes_s), 0};
}

/// All that the cursor gives.
std::vector<PlannedSlice> slices_of(const RoundPlan& plan);

/// The same, straight from the rule: every device of every round, then sorted.
std::vector<PlannedSlice> slices_by_rule(const RoundPlan& plan);

/// The most slices that run at one instant.
std::int64_t peak_of(const std::vector<PlannedSlice>& slices);

}  // namespace testing
}  // namespace camfleet
