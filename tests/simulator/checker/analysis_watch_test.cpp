// What is to be seen in the messages of a run.
#include "simulator/checker/analysis_watch.hpp"

#include <gtest/gtest.h>

namespace camfleet::check {
namespace {

class WatchTest : public testing::Test {
 protected:
  static constexpr Instant due{hours(9)};

  void begin(std::uint16_t place, Duration from = Duration(0)) {
    BeginSlice message{};
    message.slice_due_at = due;
    message.due_at = due + from;
    message.algorithms = 1;
    watch_.saw(at_place(Place{place}, actor(DeviceIx{3})), message);
  }
  void sample(std::uint16_t place, Duration at, Duration now = Duration(0)) {
    Sample message{};
    message.device = DeviceIx{3};
    message.due_at = due;
    message.at = due + at;
    watch_.saw(due + std::max(at, now), at_place(Place{place}, actor(AnalyzerIx{0})), message);
  }
  void row(std::uint32_t analysed) {
    SliceRow row;
    row.key = {InstanceIx{0}, DeviceIx{3}, due};
    row.algorithms = {{analysed, 0, 9, {}}};
    watch_.ended(row);
  }
  [[nodiscard]] std::string found() const {
    std::string found;
    for (const auto& [rule, count] : breaches_.counts()) found += rule + " ";
    return found;
  }

  Breaches breaches_;
  AnalysisWatch watch_{breaches_};
};

TEST_F(WatchTest, WhatIsAsItShouldBe) {
  begin(1);
  for (int i = 0; i < 5; ++i) sample(1, seconds(i));
  begin(2, seconds(4));
  for (int i = 4; i < 9; ++i) sample(2, seconds(i));
  row(9);
  EXPECT_EQ(found(), "");
}

TEST_F(WatchTest, ASampleThatIsAnalysedTwice) {
  begin(1);
  sample(1, seconds(2));
  sample(1, seconds(2));
  EXPECT_EQ(found(), "analysed twice ");
}

TEST_F(WatchTest, ASliceOnTwoNodes) {
  begin(1);
  sample(1, seconds(2));
  begin(2, seconds(3));
  sample(1, seconds(3));
  sample(2, seconds(3));
  EXPECT_EQ(found(), "") << "a process that stood still comes to";
  sample(1, seconds(4));
  EXPECT_EQ(found(), "on two nodes ");
}

TEST_F(WatchTest, ARowThatCountsWhatNobodyHasHadAnalysed) {
  begin(1);
  sample(1, seconds(0));
  row(2);
  EXPECT_EQ(found(), "not analysed ");
}

TEST_F(WatchTest, ARowOfASliceThatNobodyHasBegun) {
  row(1);
  EXPECT_EQ(found(), "not analysed ");
}

TEST_F(WatchTest, SamplesThatNobodyAnswers) {
  for (const Place place : {Place{1}, Place{2}}) {
    watch_.gave(place);
    watch_.gave(place);
    watch_.answered(place);
  }
  watch_.process_ended(Place{1});
  watch_.close();
  ASSERT_EQ(found(), "not answered ");
  EXPECT_EQ(breaches_.total(), 1U);
  EXPECT_EQ(breaches_.lines()[0],
            "not answered: 1 samples more were given to the analyzer of place 2 than it has answered");
}

TEST_F(WatchTest, WhatIsLookedAtAgainCountsOnce) {
  begin(1);
  for (int i = 0; i < 3; ++i) sample(1, seconds(i));
  begin(1);
  for (int i = 0; i < 3; ++i) sample(1, seconds(i));
  row(4);
  EXPECT_EQ(found(), "not analysed ") << "three were, twice";
}

}  // namespace
}  // namespace camfleet::check
