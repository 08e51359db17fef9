#include "runtime/cluster/clock_follower.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace camfleet::cluster {
namespace {

/// A node whose time runs `drift` millionths fast, asks each half second over a line that delays the answer
/// more than the question, by turns.
class Line {
 public:
  Line(std::int64_t drift, Duration begins_ahead) : drift_(drift), own_(start_ + begins_ahead) {}

  /// How far the node is ahead after so many answers.
  Duration run(int answers, std::vector<Duration> delays) {
    for (int i = 0; i < answers; ++i) {
      own_ += beat + beat * drift_ / 1'000'000;
      theirs_ += beat;
      const Duration back = delays[static_cast<std::size_t>(i) % delays.size()];
      const Duration by = follower_.step(back, own_, theirs_ - back, beat);
      EXPECT_LE(by, std::max(beat / ClockFollower::one_in, own_ < theirs_ - seconds(2) ? hours(99) : beat));
      own_ += by;
    }
    return own_ - theirs_;
  }
  void set_theirs(Duration by) { theirs_ += by; }

 private:
  static constexpr Duration beat = milliseconds(500);
  const Instant start_ = Instant(hours(1000));
  std::int64_t drift_;
  Instant own_;
  Instant theirs_ = start_;
  ClockFollower follower_{1'000'000};
};

TEST(ClockFollower, ComesToTheSchedulersTimeAndStays) {
  Line line(50, milliseconds(200));
  const Duration first = line.run(2, {milliseconds(1)});
  EXPECT_GT(first, milliseconds(190)) << "it does not jump";
  EXPECT_LT(abs(line.run(200, {milliseconds(1)})), milliseconds(2));
  EXPECT_LT(abs(line.run(2000, {milliseconds(1)})), milliseconds(2)) << "nor drift away";
}

TEST(ClockFollower, BelievesTheQuickestAnswer) {
  Line line(0, Duration(0));
  // The way back alone takes up to 300 ms: half of that is the error of such an answer.
  EXPECT_LT(abs(line.run(400, {milliseconds(300), milliseconds(280), milliseconds(4)})), milliseconds(4));
}

TEST(ClockFollower, FollowsAClockThatWasSet) {
  Line line(0, Duration(0));
  line.run(20, {milliseconds(2)});
  line.set_theirs(hours(1));
  EXPECT_LT(abs(line.run(4, {milliseconds(2)})), milliseconds(5));
  line.set_theirs(-hours(2));
  EXPECT_LT(abs(line.run(4, {milliseconds(2)})), milliseconds(5));
}

TEST(ClockFollower, OneAnswerThatStoodStillDoesNotMoveIt) {
  ClockFollower follower(1'000'000);
  const Instant now = Instant(hours(1000));
  EXPECT_EQ(follower.step(milliseconds(2), now, now - seconds(10), milliseconds(500)), Duration(0));
  EXPECT_LT(abs(follower.step(milliseconds(2), now, now, milliseconds(500))), milliseconds(3));
  EXPECT_EQ(follower.step(milliseconds(2), now, now - seconds(10), milliseconds(500)), Duration(0));
}

TEST(ClockFollower, KeepsAFastTimeAsWell) {
  ClockFollower follower(60'000'000);
  const Instant now = Instant(hours(1000));
  // Half of a second's way is half a minute of such a time.
  EXPECT_EQ(follower.step(seconds(1), now, now - seconds(30), milliseconds(500)), Duration(0));
  EXPECT_EQ(follower.step(milliseconds(2), now, now - seconds(30), milliseconds(500)), -milliseconds(150));
}

}  // namespace
}  // namespace camfleet::cluster
