#include "runtime/media/timeline.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace camfleet::media {

namespace {

constexpr int none = -1;

/// Milliseconds in, milliseconds out.
std::vector<int> placed(const std::vector<int>& stamps, bool counted = false) {
  Timeline timeline(counted, {25, 1});
  std::vector<int> out;
  for (const int stamp : stamps) {
    const auto at =
        timeline.place(stamp == none ? std::nullopt : std::optional<Duration>(milliseconds(stamp)));
    out.push_back(at ? static_cast<int>(at->count() / 1'000'000) : none);
  }
  return out;
}

TEST(Timeline, NeverStepsBack) {
  using Times = std::vector<int>;
  EXPECT_EQ(placed({0, 40, 80}), (Times{0, 40, 80}));
  EXPECT_EQ(placed({0, 40, 40, 80}), (Times{0, 40, 40, 80})) << "a stamp stays";
  EXPECT_EQ(placed({0, 80, 40, 120}), (Times{0, 80, 80, 120})) << "a stamp steps back a little";
  EXPECT_EQ(placed({0, none, 80, none}), (Times{0, 40, 80, 120})) << "stamps are missing";
  EXPECT_EQ(placed({none, none, 80}), (Times{none, none, 80})) << "the first ones are missing, after a seek";
  EXPECT_EQ(placed({5000, 5040, 0, 40}), (Times{5000, 5040, 5080, 5120})) << "a new part begins";
  EXPECT_EQ(placed({9000, none, 0, 7}, true), (Times{0, 40, 80, 120})) << "stamps are of no use";
}

TEST(Timeline, CountsWithoutDrift) {
  Timeline timeline(true, {30000, 1001});
  Duration last{0};
  for (int i = 0; i <= 30000; ++i) last = timeline.place(std::nullopt).value();
  EXPECT_EQ(last, seconds(1001));
}

TEST(Timeline, SurvivesStampsThatAreDamage) {
  Timeline timeline(false, {25, 1});
  for (const std::int64_t ns : {std::int64_t{0}, INT64_MAX, INT64_MIN, longest_media.count(), std::int64_t{0},
                                -longest_media.count(), longest_media.count(), std::int64_t{40'000'000}}) {
    const auto before = timeline.place(std::nullopt);
    const auto at = timeline.place(Duration(ns));
    ASSERT_TRUE(at.has_value() || ns == INT64_MAX || ns == INT64_MIN);
    if (before && at) {
      EXPECT_GE(*at, *before);
    }
  }
  EXPECT_TRUE(timeline.ambiguous());
}

}  // namespace

}  // namespace camfleet::media
