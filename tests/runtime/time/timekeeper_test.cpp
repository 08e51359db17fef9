#include "runtime/time/timekeeper.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include <gtest/gtest.h>

namespace camfleet::timing {
namespace {

const Instant start = parse_iso("2026-03-01T00:00:00Z").value();

/// Collects what goes off, and waits for it.
class Firings {
 public:
  Timekeeper::Fire fire(Timekeeper& time) {
    return [this, &time](ActorId /*owner*/, TimerTag tag) {
      const std::lock_guard lock(mutex_);
      tags.push_back(tag.number);
      at.push_back(time.now());
      changed_.notify_all();
    };
  }
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return tags.size() >= count; });
  }
  std::vector<std::uint32_t> tags;
  std::vector<Instant> at;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

TEST(Timekeeper, AtMaxSpeedTimeJumpsFromTimerToTimer) {
  Firings firings;
  Timekeeper time(start, {std::nullopt}, 1);
  time.set(the_scheduler, start + hours(24 * 30), {2});
  time.set(the_scheduler, start + hours(1), {1});
  const TimerId never = time.set(the_scheduler, start + hours(2), {9});
  time.cancel(never);
  time.go(firings.fire(time));
  ASSERT_TRUE(firings.wait_for(2));
  time.stop();
  EXPECT_EQ(firings.tags, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(firings.at, (std::vector<Instant>{start + hours(1), start + hours(24 * 30)}));
}

TEST(Timekeeper, AtMaxSpeedWorkHoldsTimeUp) {
  Firings firings;
  Timekeeper time(start, {std::nullopt}, 2);
  time.set(the_scheduler, start + hours(1), {1});
  auto work = time.work();
  const auto first = time.analysis();
  time.go(firings.fire(time));
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_EQ(time.now(), start);
  work = {};
  ASSERT_TRUE(firings.wait_for(1)) << "one analysis of two leaves a thread free";
  auto second = time.analysis();
  time.set(the_scheduler, start + hours(2), {2});
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_EQ(time.now(), start + hours(1));
  second = {};
  ASSERT_TRUE(firings.wait_for(2));
}

TEST(Timekeeper, WorkIsUnderWayAsLongAsItsTokenLives) {
  Firings firings;
  Timekeeper time(start, {std::nullopt}, 1);
  time.set(the_scheduler, start + hours(1), {1});
  {
    auto work = time.work();
    time.go(firings.fire(time));
    auto moved = std::move(work);
    work = {};
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    EXPECT_EQ(time.now(), start)
        << "of two that hold one piece of work the one that was moved from ends nothing";
    std::move(moved).leave();
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_EQ(time.now(), start) << "it was left, and goes on";
  static_cast<void>(time.take_over());
  ASSERT_TRUE(firings.wait_for(1));
}

TEST(Timekeeper, ASpeedScalesTheClockAndNothingGoesOffEarly) {
  Firings firings;
  Timekeeper time(start, {3600 * Speed::real_time}, 1);
  EXPECT_EQ(time.now(), start);
  for (std::uint32_t i = 1; i <= 5; ++i) time.set(the_scheduler, start + minutes(i), {i});
  bool called = false;
  time.call(start + seconds(90), [&] { called = true; });
  const auto before = std::chrono::steady_clock::now();
  time.go(firings.fire(time));
  ASSERT_TRUE(firings.wait_for(5));
  const auto took = std::chrono::steady_clock::now() - before;
  time.stop();
  EXPECT_GE(took, std::chrono::milliseconds(83)) << "five minutes at 3600 times";
  EXPECT_TRUE(called);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_GE(firings.at[i], start + minutes(static_cast<int>(i) + 1));
}

TEST(Timekeeper, ATimerOfThePastGoesOffAtOnce) {
  Firings firings;
  Timekeeper time(start, {Speed::real_time}, 1);
  time.go(firings.fire(time));
  time.set(the_scheduler, start - hours(1), {7});
  EXPECT_TRUE(firings.wait_for(1));
}

TEST(Timekeeper, CancelledTimersTakeNoRoom) {
  Timekeeper time(start, {Speed::real_time}, 1);
  for (int i = 0; i < 100'000; ++i) time.cancel(time.set(the_scheduler, start + hours(10), {1}));
  EXPECT_LT(time.waiting(), 200U);
}

/// The machine's clocks with moves of a test's.
class MovedClocks {
 public:
  ClockWatch::Read read() {
    return [this] {
      ClockReading reading = read_machine_clocks();
      reading.wall += Duration(stepped) + Duration(suspended);
      reading.since_boot += Duration(suspended);
      return reading;
    };
  }
  [[nodiscard]] Instant wall() { return read()().wall; }
  std::atomic<std::int64_t> stepped = 0;
  std::atomic<std::int64_t> suspended = 0;
};

constexpr Duration apart = seconds(30);  ///< what two readings may differ by on a busy machine

TEST(Timekeeper, WhatIsSetAfterItsEndIsDropped) {
  Timekeeper time(start, {}, 1);
  time.go([](ActorId, TimerTag) {});
  const auto held = std::make_shared<int>();
  time.call(start + hours(1), [held] {});
  EXPECT_EQ(held.use_count(), 2);
  time.stop();
  EXPECT_EQ(held.use_count(), 1) << "set before";
  time.call(start + hours(1), [held] {});
  time.cancel(time.set(the_scheduler, start + hours(1), {1}));
  EXPECT_EQ(held.use_count(), 1) << "set after";
  EXPECT_EQ(time.waiting(), 0U);
}

TEST(Timekeeper, FollowsTheWallBeforeAndAfterItGoes) {
  MovedClocks clocks;
  clocks.stepped = Duration(hours(-2)).count();
  Timekeeper time(start, {Speed::real_time}, 1);
  time.follow(clocks.read(), [](const ClockMove&, Instant) { return true; });
  EXPECT_LT(clocks.wall() - time.now(), apart);
  time.go([](ActorId, TimerTag) {});
  EXPECT_LT(std::chrono::abs(clocks.wall() - time.now()), apart);
}

struct Moves {
  std::mutex mutex;
  std::vector<ClockMove> all;
  Timekeeper::Moved note(bool goes_on = true) {
    return [this, goes_on](const ClockMove& move, Instant) {
      const std::lock_guard lock(mutex);
      all.push_back(move);
      return goes_on;
    };
  }
};

TEST(Timekeeper, AStepForwardBringsTimersOfInstantsAndNoneOfSpans) {
  MovedClocks clocks;
  Firings firings;
  Moves moves;
  Timekeeper time(start, {Speed::real_time}, 1);
  time.follow(clocks.read(), moves.note());
  const Instant now = time.now();
  time.set(the_scheduler, now + hours(1), {1});
  time.set(the_scheduler, now + hours(3), {9});
  time.go(firings.fire(time));
  time.set_after(the_scheduler, hours(1), {8});
  const Instant steady = time.steady_now();
  clocks.stepped = Duration(hours(2)).count();
  ASSERT_TRUE(firings.wait_for(1));
  EXPECT_LT(time.steady_now() - steady, minutes(1));
  EXPECT_LT(std::chrono::abs(clocks.wall() - time.now()), apart);
  time.stop();
  EXPECT_EQ(firings.tags, std::vector<std::uint32_t>{1});
  ASSERT_EQ(moves.all.size(), 1U);
  EXPECT_EQ(moves.all[0].suspended, Duration(0));
  EXPECT_LT(std::chrono::abs(moves.all[0].stepped - hours(2)), apart);
}

TEST(Timekeeper, AStepBackHoldsTimersOfInstantsAndNoneOfSpans) {
  MovedClocks clocks;
  Firings firings;
  Moves moves;
  Timekeeper time(start, {Speed::real_time}, 1);
  time.follow(clocks.read(), moves.note());
  time.go(firings.fire(time));
  const Instant soon = time.now() + milliseconds(1500);
  clocks.stepped = -Duration(hours(2)).count();
  time.set(the_scheduler, soon, {9});
  time.set_after(the_scheduler, milliseconds(1600), {1});
  ASSERT_TRUE(firings.wait_for(1));
  time.stop();
  EXPECT_EQ(firings.tags, std::vector<std::uint32_t>{1});
  EXPECT_EQ(moves.all.size(), 1U);
}

TEST(Timekeeper, ASuspensionPassesForInstantsAlone) {
  MovedClocks clocks;
  Firings firings;
  Moves moves;
  Timekeeper time(start, {Speed::real_time}, 1);
  time.follow(clocks.read(), moves.note());
  time.go(firings.fire(time));
  time.set(the_scheduler, time.now() + hours(7), {1});
  time.set_after(the_scheduler, hours(7), {9});
  clocks.suspended = Duration(hours(8)).count();
  ASSERT_TRUE(firings.wait_for(1));
  time.stop();
  EXPECT_EQ(firings.tags, std::vector<std::uint32_t>{1});
  ASSERT_EQ(moves.all.size(), 1U);
  EXPECT_EQ(moves.all[0].stepped, Duration(0));
}

TEST(Timekeeper, AMoveThatIsNotFollowedStopsAllTimers) {
  MovedClocks clocks;
  Firings firings;
  Moves moves;
  Timekeeper time(start, {Speed::real_time}, 1);
  time.follow(clocks.read(), moves.note(false));
  time.go(firings.fire(time));
  clocks.stepped = Duration(hours(24)).count();
  while (true) {
    const std::lock_guard lock(moves.mutex);
    if (!moves.all.empty()) break;
  }
  time.set_after(the_scheduler, Duration(1), {9});
  std::this_thread::sleep_for(milliseconds(30));
  EXPECT_LT(time.now(), clocks.wall() - hours(23));
  time.stop();
  EXPECT_TRUE(firings.tags.empty());
}

}  // namespace
}  // namespace camfleet::timing
