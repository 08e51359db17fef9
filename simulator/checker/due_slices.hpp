#pragma once

#include <cstdint>
#include <vector>

#include "actors/base/time.hpp"
#include "simulator/checker/checked_plan.hpp"

namespace camfleet::check {

/// A slice that the calendar owes.
struct DueSlice {
  std::uint32_t member = 0;  ///< position in the instance's list
  Instant due{};
  Duration planned{0};  ///< 0: as long as its footage, or until it is deleted
};

/// At most so many are reckoned at once.
inline constexpr std::size_t most_due = 20'000'000;

/// All slices of an instance that are due in [from, until), in the order of due, then member. Follows the
/// rules of docs/02-rules.md by itself: windows by walking through the zone's time, minute by minute.
std::vector<DueSlice> due_slices(const CheckedPlan& plan, const CheckedInstance& instance, Instant from,
                                 Instant until);

}  // namespace camfleet::check
