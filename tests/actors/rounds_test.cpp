#include "actors/plan/rounds.hpp"

#include <gtest/gtest.h>

#include "tests/actors/slices.hpp"

namespace camfleet::testing {
namespace {

RoundPlan polled(std::uint32_t devices, int slice_s, int every_min, Window in) {
  RoundPlan plan;
  plan.window = in;
  plan.polling = Polling{seconds(slice_s), minutes(every_min)};
  plan.devices = devices;
  return plan;
}

PlannedSlice slice(std::uint32_t device, std::uint32_t round, std::int64_t begins_s, std::int64_t ends_s,
                   bool cut = false) {
  return {device, round, at_second(begins_s), at_second(ends_s), cut};
}

using Slices = std::vector<PlannedSlice>;

TEST(Rounds, SevenDevicesOfFourMinutesInTen) {
  const RoundPlan plan = polled(7, 240, 10, window(0, 1200));
  const Slices expected{slice(0, 0, 0, 240),    slice(5, 0, 0, 240),          slice(3, 0, 120, 360),
                        slice(1, 0, 240, 480),  slice(6, 0, 240, 480),        slice(4, 0, 360, 600),
                        slice(2, 0, 480, 720),  slice(0, 1, 600, 840),        slice(5, 1, 600, 840),
                        slice(3, 1, 720, 960),  slice(1, 1, 840, 1080),       slice(6, 1, 840, 1080),
                        slice(4, 1, 960, 1200), slice(2, 1, 1080, 1200, true)};
  EXPECT_EQ(slices_of(plan), expected);
  EXPECT_EQ(peak_of(expected), 3);
  EXPECT_EQ(concurrency_bound(7, seconds(240), minutes(10)), 3);
}

TEST(Rounds, AWindowShorterThanTheRoundIsTheStrip) {
  const Slices slices = slices_of(polled(10, 60, 10, window(0, 300)));
  ASSERT_EQ(slices.size(), 10U);
  EXPECT_EQ(peak_of(slices), 2);
  EXPECT_EQ(strip_length(window(0, 300), {seconds(60), minutes(10)}), seconds(300));
  EXPECT_EQ(concurrency_bound(10, seconds(60), seconds(300)), 2);
}

TEST(Rounds, ASliceLongerThanTheWindowIsCut) {
  EXPECT_EQ(slices_of(polled(2, 120, 10, window(0, 60))),
            (Slices{slice(0, 0, 0, 60, true), slice(1, 0, 0, 60, true)}));
  EXPECT_EQ(concurrency_bound(2, seconds(120), seconds(60)), 2);
}

TEST(Rounds, CutAtTheCloseAndNotDueAfterIt) {
  // The third round starts at 1200: device 2 would begin at 1680, at the close.
  EXPECT_EQ(slices_of(polled(3, 240, 10, window(0, 1680))),
            (Slices{slice(0, 0, 0, 240), slice(1, 0, 240, 480), slice(2, 0, 480, 720), slice(0, 1, 600, 840),
                    slice(1, 1, 840, 1080), slice(2, 1, 1080, 1320), slice(0, 2, 1200, 1440),
                    slice(1, 2, 1440, 1680)}));
  EXPECT_EQ(slices_of(polled(3, 240, 10, window(0, 1500))).back(), slice(1, 2, 1440, 1500, true));
  EXPECT_EQ(slices_of(polled(3, 240, 10, window(0, 1440))).back(), slice(0, 2, 1200, 1440));
}

TEST(Rounds, PhaseTurnsTheRound) {
  RoundPlan plan = polled(3, 240, 10, window(0, 600));
  plan.phase = seconds(300);
  EXPECT_EQ(slices_of(plan),
            (Slices{slice(2, 0, 180, 420), slice(0, 0, 300, 540), slice(1, 0, 540, 600, true)}));
}

TEST(Rounds, ADeviceThatMustConnectIsJoinedLater) {
  RoundPlan plan = polled(4, 20, 1, window(0, 120));
  plan.from = at_second(18);
  plan.connecting = {true, false, true, true};
  plan.connect_time = seconds(5);
  // Of device 0 two seconds are left at the join, and none when it has connected.
  EXPECT_EQ(slices_of(plan), (Slices{slice(1, 0, 20, 40), slice(2, 0, 40, 60), slice(0, 1, 60, 80),
                                     slice(3, 1, 60, 80), slice(1, 1, 80, 100), slice(2, 1, 100, 120)}));
  plan.from = at_second(37);
  plan.connecting = {true, true, true, false};
  EXPECT_EQ(slices_of(plan).front(), slice(2, 0, 42, 60)) << "it begins before it has connected";
}

TEST(Rounds, WithoutPollingOneSliceForEachDevice) {
  RoundPlan plan;
  plan.window = window(100, 500);
  plan.devices = 2;
  EXPECT_EQ(slices_of(plan), (Slices{slice(0, 0, 100, 500), slice(1, 0, 100, 500)}));
  plan.from = at_second(200);
  EXPECT_EQ(slices_of(plan), (Slices{slice(0, 0, 200, 500), slice(1, 0, 200, 500)}));
  plan.until = at_second(300);
  EXPECT_EQ(slices_of(plan), (Slices{slice(0, 0, 200, 300, true), slice(1, 0, 200, 300, true)}));
  plan.from = at_second(300);
  EXPECT_EQ(slices_of(plan), Slices{});
}

TEST(Rounds, JoinedInTheMiddleOfASlice) {
  RoundPlan plan = polled(3, 240, 10, window(0, 1200));
  plan.from = at_second(300);
  const Slices slices = slices_of(plan);
  ASSERT_EQ(slices.size(), 5U);
  EXPECT_EQ(slices[0], slice(1, 0, 300, 480));
  EXPECT_EQ(slices[1], slice(2, 0, 480, 720));
  EXPECT_EQ(slices[2], slice(0, 1, 600, 840));
  plan.from = at_second(480);  // device 1 has just ended
  EXPECT_EQ(slices_of(plan)[0], slice(2, 0, 480, 720));
}

TEST(Rounds, SlicesThatAreJoinedTogetherComeInOrderOfDevice) {
  RoundPlan plan = polled(3, 240, 10, window(0, 1200));
  plan.from = at_second(650);  // device 2 since 480, device 0 since 600
  const Slices slices = slices_of(plan);
  ASSERT_EQ(slices.size(), 4U);
  EXPECT_EQ(slices[0], slice(0, 1, 650, 840));
  EXPECT_EQ(slices[1], slice(2, 0, 650, 720));
}

TEST(Rounds, NothingIsDueFromUntilOn) {
  RoundPlan plan = polled(3, 240, 10, window(0, 1200));
  plan.until = at_second(480);
  EXPECT_EQ(slices_of(plan), (Slices{slice(0, 0, 0, 240), slice(1, 0, 240, 480)}));
  plan.until = at_second(300);
  EXPECT_EQ(slices_of(plan), (Slices{slice(0, 0, 0, 240), slice(1, 0, 240, 300, true)}));
  plan.until = at_second(0);
  EXPECT_EQ(slices_of(plan), Slices{});
}

TEST(Rounds, NoDevicesNoSlices) {
  EXPECT_EQ(slices_of(polled(0, 60, 10, window(0, 600))), Slices{});
}

TEST(Rounds, AJoinFarIntoALongWindowIsFound) {
  RoundPlan plan = polled(4, 240, 10, window(0, 400LL * 86'400));
  plan.from = at_second(399LL * 86'400 + 30);
  const RoundCursor cursor(plan);
  // Device 2 of the round before runs until 120 s into this one.
  ASSERT_NE(cursor.peek(), nullptr);
  EXPECT_EQ(*cursor.peek(), slice(0, 399 * 144, 399LL * 86'400 + 30, 399LL * 86'400 + 240));
}

TEST(Rounds, BoundTable) {
  struct Row {
    std::uint32_t devices;
    Duration slice;
    Duration strip;
    std::int64_t bound;
  };
  const Row rows[] = {
      {0, seconds(60), seconds(600), 0},
      {1, seconds(1), seconds(600), 1},
      {10, seconds(60), seconds(600), 1},
      {11, seconds(60), seconds(600), 2},
      {10'000, seconds(60), seconds(600), 1000},
      {5, seconds(600), seconds(600), 5},
      {5, seconds(900), seconds(600), 5},
      {3, Duration(1), Duration(2), 2},
      {10'000, hours(24 * 366) - seconds(1), hours(24 * 366), 10'000},
  };
  for (const Row& row : rows) EXPECT_EQ(concurrency_bound(row.devices, row.slice, row.strip), row.bound);
}

}  // namespace
}  // namespace camfleet::testing
