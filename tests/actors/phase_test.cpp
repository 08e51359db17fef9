#include "actors/plan/phase.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/actors/property.hpp"
#include "tests/actors/slices.hpp"

namespace camfleet::testing {
namespace {

InstanceSpec instance(std::size_t devices, int slice_s, int every_min, std::vector<DailyWindow> windows,
                      std::string zone = "UTC") {
  InstanceSpec spec;
  spec.devices.resize(devices);
  spec.polling = Polling{seconds(slice_s), minutes(every_min)};
  spec.schedule.windows = std::move(windows);
  spec.schedule.zone = std::move(zone);
  return spec;
}

/// The slices of listed window `listed` on 1 January 1970.
void append_slices(std::vector<PlannedSlice>& all, const InstanceSpec& spec, std::size_t listed,
                   Duration phase) {
  RoundPlan plan;
  plan.window = window(spec.schedule.windows[listed].start_s, spec.schedule.windows[listed].end_s);
  plan.polling = spec.polling;
  plan.devices = static_cast<std::uint32_t>(spec.devices.size());
  plan.phase = phase;
  const auto slices = slices_of(plan);
  all.insert(all.end(), slices.begin(), slices.end());
}

TEST(Phase, AloneItIsZero) {
  PhasePlanner planner;
  EXPECT_EQ(planner.place(instance(7, 240, 10, {{0, 3600}, {7200, 7500}})), (std::vector<Duration>{{}, {}}));
}

TEST(Phase, AStripGoesWithTheLastThatIsInIt) {
  PhasePlanner planner;
  const auto spec = instance(7, 240, 10, {{0, 3600}, {7200, 7500}});
  planner.place(spec);
  planner.place(spec);
  planner.leave(spec, spec.schedule);
  EXPECT_EQ(planner.place(spec).at(0), seconds(360)) << "behind the one that is there: 2·7·240 = 3360";
  planner.leave(spec, spec.schedule);
  planner.leave(spec, spec.schedule);
  EXPECT_EQ(planner.place(spec), (std::vector<Duration>{{}, {}}));
  InstanceSpec whole = spec;
  whole.polling.reset();
  planner.leave(whole, whole.schedule);
  EXPECT_EQ(planner.place(spec).at(0), seconds(480));
}

TEST(Phase, WithoutPollingItIsZero) {
  PhasePlanner planner;
  planner.place(instance(1, 60, 10, {{0, 3600}}));
  InstanceSpec whole = instance(1, 60, 10, {{0, 3600}, {7200, 7500}});
  whole.polling.reset();
  EXPECT_EQ(planner.place(whole), (std::vector<Duration>{{}, {}}));
  whole.schedule.windows.clear();
  EXPECT_EQ(planner.place(whole), (std::vector<Duration>{{}}));
}

TEST(Phase, TheSameStripIsContinued) {
  PhasePlanner planner;
  const auto spec = instance(7, 240, 10, {{0, 3600}});
  EXPECT_EQ(planner.place(spec).at(0), seconds(0));
  EXPECT_EQ(planner.place(spec).at(0), seconds(480));  // 7·240 = 1680
  EXPECT_EQ(planner.place(spec).at(0), seconds(360));  // 3360
  EXPECT_EQ(planner.place(instance(1, 60, 10, {{0, 1800}})).at(0),
            seconds(240));  // 5040; another close, the same P
  EXPECT_EQ(planner.place(spec).at(0), seconds(300));
}

TEST(Phase, AnotherOpeningOrZoneIsAnotherStrip) {
  PhasePlanner planner;
  planner.place(instance(1, 60, 10, {{0, 3600}}));
  EXPECT_EQ(planner.place(instance(1, 60, 10, {{3600, 7200}})).at(0), seconds(0));
  EXPECT_EQ(planner.place(instance(1, 60, 10, {{0, 3600}}, "Europe/Berlin")).at(0), seconds(0));
  EXPECT_EQ(planner.place(instance(1, 60, 10, {{0, 3600}})).at(0), seconds(60));
}

TEST(Phase, ShortWindowsHaveTheirLengthAsStrip) {
  PhasePlanner planner;
  EXPECT_EQ(planner.place(instance(3, 60, 10, {{0, 300}})).at(0), seconds(0));
  EXPECT_EQ(planner.place(instance(3, 60, 20, {{0, 300}})).at(0), seconds(180));
  EXPECT_EQ(planner.place(instance(3, 60, 5, {{0, 3600}})).at(0), seconds(60));
}

TEST(Phase, AnotherIntervalIsPutIntoTheGap) {
  PhasePlanner planner;
  const auto first = instance(1, 300, 10, {{0, 3600}});
  const auto second = instance(1, 300, 20, {{0, 3600}});
  std::vector<PlannedSlice> slices;
  append_slices(slices, first, 0, planner.place(first).at(0));
  const Duration phase = planner.place(second).at(0);
  EXPECT_EQ(phase, seconds(300));
  append_slices(slices, second, 0, phase);
  EXPECT_EQ(peak_of(slices), 1);
}

TEST(PhaseProperty, TheSameOpeningAndStripMeetTheBoundTogether) {
  check_property([] {
    PhasePlanner planner;
    const int every_min = *rc::gen::inRange(1, 31);
    const std::int32_t start = *rc::gen::inRange(0, 43'200);
    std::vector<PlannedSlice> slices;
    std::int64_t filled_s = 0;
    const int count = *rc::gen::inRange(1, 8);
    for (int i = 0; i < count; ++i) {
      const std::int32_t length = 60 * every_min * *rc::gen::inRange(2, 6);
      const auto spec =
          instance(*rc::gen::inRange<std::size_t>(1, 20), *rc::gen::inRange(1, every_min * 60 + 1), every_min,
                   {{start, start + length}});
      const auto phases = planner.place(spec);
      RC_ASSERT(phases.size() == 1U);
      RC_ASSERT(phases[0] >= Duration(0));
      RC_ASSERT(phases[0] < minutes(every_min));
      append_slices(slices, spec, 0, phases[0]);
      filled_s += static_cast<std::int64_t>(spec.devices.size()) * (spec.polling->slice / seconds(1));
    }
    RC_ASSERT(peak_of(slices) == ceil_div(filled_s, std::int64_t{60} * every_min));
  });
}

TEST(PhaseProperty, ShortWindowsMeetTheBoundTogetherToo) {
  check_property([] {
    PhasePlanner planner;
    const std::int32_t length = *rc::gen::inRange(1, 600);
    std::vector<PlannedSlice> slices;
    std::int64_t filled_s = 0;
    const int count = *rc::gen::inRange(1, 8);
    for (int i = 0; i < count; ++i) {
      const int every_min = length / 60 + 1 + *rc::gen::inRange(0, 5);
      const int slice_s = *rc::gen::inRange(1, every_min * 60 + 1);
      const auto spec = instance(*rc::gen::inRange<std::size_t>(1, 20), slice_s, every_min, {{0, length}});
      const auto phases = planner.place(spec);
      RC_ASSERT(phases[0] >= Duration(0));
      RC_ASSERT(phases[0] < seconds(length));
      append_slices(slices, spec, 0, phases[0]);
      filled_s += static_cast<std::int64_t>(spec.devices.size()) * std::min(slice_s, length);
    }
    RC_ASSERT(peak_of(slices) <= ceil_div(filled_s, length));
  });
}

TEST(PhaseProperty, OfMixedStripsTheNewOneIsNoWorseThanAtZero) {
  check_property([] {
    PhasePlanner planner;
    std::vector<PlannedSlice> before;
    std::vector<int> intervals{2, 3, 4, 5, 6, 8, 10, 12, 15, 20};
    const int count = *rc::gen::inRange(1, 6);
    for (int i = 0; i < count; ++i) {
      const auto pick = *rc::gen::inRange<std::size_t>(0, intervals.size());
      const int every_min = intervals[pick];
      intervals.erase(intervals.begin() + static_cast<std::ptrdiff_t>(pick));
      const auto spec = instance(*rc::gen::inRange<std::size_t>(1, 20),
                                 *rc::gen::inRange(1, every_min * 60 + 1), every_min, {{0, 4 * 3600}});
      const auto phases = planner.place(spec);
      RC_ASSERT(phases[0] >= Duration(0));
      RC_ASSERT(phases[0] < minutes(every_min));
      auto at_zero = before;
      append_slices(at_zero, spec, 0, Duration(0));
      append_slices(before, spec, 0, phases[0]);
      RC_ASSERT(peak_of(before) <= peak_of(at_zero));
    }
  });
}

}  // namespace
}  // namespace camfleet::testing
