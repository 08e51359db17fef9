#include "runtime/time/clock_watch.hpp"

#include <gtest/gtest.h>

namespace camfleet::timing {
namespace {

/// Clocks that a test moves.
struct WatchedClocks {
  ClockReading reading{parse_iso("2026-03-01T00:00:00Z").value(), hours(100), hours(90)};
  [[nodiscard]] ClockWatch::Read read() {
    return [this] { return reading; };
  }
  void pass(Duration span) {
    reading.wall += span;
    reading.since_boot += span;
    reading.awake += span;
  }
  void suspend(Duration span) {
    reading.wall += span;
    reading.since_boot += span;
  }
};

TEST(ClockWatch, TellsAStepFromASuspension) {
  WatchedClocks clocks;
  ClockWatch watch(clocks.read());
  clocks.pass(hours(1));
  EXPECT_FALSE(watch.look().happened());
  clocks.reading.wall += minutes(30);
  ClockMove move = watch.look();
  EXPECT_EQ(move.stepped, minutes(30));
  EXPECT_EQ(move.suspended, Duration(0));
  EXPECT_FALSE(watch.look().happened()) << "it is told once";
  clocks.suspend(hours(8));
  move = watch.look();
  EXPECT_EQ(move.stepped, Duration(0));
  EXPECT_EQ(move.suspended, hours(8));
  clocks.suspend(hours(2));
  clocks.reading.wall -= hours(2);
  move = watch.look();
  EXPECT_EQ(move.stepped, -hours(2));
  EXPECT_EQ(move.suspended, hours(2));
  EXPECT_FALSE(watch.look().happened());
}

TEST(ClockWatch, SmallStepsAddUp) {
  WatchedClocks clocks;
  ClockWatch watch(clocks.read());
  for (int i = 0; i < 4; ++i) {
    clocks.reading.wall += milliseconds(1);
    EXPECT_FALSE(watch.look().happened());
  }
  clocks.reading.wall += milliseconds(1);
  EXPECT_EQ(watch.look().stepped, milliseconds(5));
}

TEST(ClockWatch, TheMachinesClocksPassTogether) {
  const ClockReading before = read_machine_clocks();
  const ClockReading after = read_machine_clocks();
  EXPECT_GE(after.awake, before.awake);
  EXPECT_GE(after.since_boot, after.awake);
}

}  // namespace
}  // namespace camfleet::timing
