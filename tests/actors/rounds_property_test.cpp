#include <algorithm>
#include <map>
#include <utility>

#include <gtest/gtest.h>

#include "tests/actors/property.hpp"
#include "tests/actors/slices.hpp"

namespace camfleet::testing {
namespace {

RoundPlan any_plan(std::int64_t least_rounds = 0) {
  RoundPlan plan;
  const int every_min = *rc::gen::inRange(1, 31);
  const int slice_s = *rc::gen::inRange(1, every_min * 60 + 1);
  plan.polling = Polling{seconds(slice_s), minutes(every_min)};
  plan.devices = *rc::gen::inRange(0U, 60U);
  const std::int64_t opens = *rc::gen::inRange(0, 100'000);
  const std::int64_t length = *rc::gen::inRange(1, 3 * 3600) + least_rounds * every_min * 60;
  plan.window = window(opens, opens + length);
  plan.phase =
      seconds(*rc::gen::inRange<std::int64_t>(0, strip_length(plan.window, *plan.polling) / seconds(1)));
  return plan;
}

TEST(RoundsProperty, TheCursorFollowsTheRule) {
  check_property([] {
    RoundPlan plan = any_plan();
    if (*rc::gen::inRange(0, 4) == 0) plan.polling.reset();
    const auto span = (plan.window.closes - plan.window.opens) / seconds(1);
    if (*rc::gen::arbitrary<bool>())
      plan.from = plan.window.opens + seconds(*rc::gen::inRange<std::int64_t>(-10, span + 10));
    if (*rc::gen::arbitrary<bool>())
      plan.until = plan.window.opens + seconds(*rc::gen::inRange<std::int64_t>(-10, span + 10));
    if (plan.from >= plan.window.opens && *rc::gen::arbitrary<bool>()) {
      plan.connecting = *rc::gen::container<std::vector<bool>>(plan.devices, rc::gen::arbitrary<bool>());
      plan.connect_time = seconds(*rc::gen::inRange(1, 90));
    }
    const auto slices = slices_of(plan);
    RC_ASSERT(slices == slices_by_rule(plan));
    RC_ASSERT(slices == slices_of(plan));
  });
}

TEST(RoundsProperty, OneSliceForEachDeviceAndWholeRound) {
  check_property([] {
    const RoundPlan plan = any_plan(1);
    std::map<std::pair<std::uint32_t, std::uint32_t>, int> count;
    for (const PlannedSlice& slice : slices_of(plan)) {
      RC_ASSERT(slice.begins >= plan.window.opens);
      RC_ASSERT(slice.begins < slice.ends);
      RC_ASSERT(slice.ends <= plan.window.closes);
      RC_ASSERT(slice.cut == (slice.ends - slice.begins < plan.polling->slice));
      ++count[{slice.round, slice.device}];
    }
    const auto whole =
        static_cast<std::uint32_t>((plan.window.closes - plan.window.opens) / plan.polling->every);
    for (std::uint32_t round = 0; round < whole; ++round) {
      for (std::uint32_t device = 0; device < plan.devices; ++device)
        RC_ASSERT((count[{round, device}]) == 1);
    }
  });
}

TEST(RoundsProperty, NeverAboveTheBound) {
  check_property([] {
    const RoundPlan plan = any_plan();
    const Duration strip = strip_length(plan.window, *plan.polling);
    RC_ASSERT(peak_of(slices_of(plan)) <= concurrency_bound(plan.devices, plan.polling->slice, strip));
  });
}

TEST(RoundsProperty, TheBoundIsMetOverTwoWholeRounds) {
  check_property([] {
    const RoundPlan plan = any_plan(2);
    RC_ASSERT(peak_of(slices_of(plan)) ==
              concurrency_bound(plan.devices, plan.polling->slice, plan.polling->every));
  });
}

TEST(RoundsProperty, DevicesDoNotRunTwiceAtOnce) {
  check_property([] {
    const RoundPlan plan = any_plan(1);
    std::map<std::uint32_t, Instant> free;
    for (const PlannedSlice& slice : slices_of(plan)) {
      RC_ASSERT(slice.begins >= free[slice.device]);
      free[slice.device] = slice.ends;
    }
  });
}

}  // namespace
}  // namespace camfleet::testing
