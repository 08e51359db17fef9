#include "runtime/plant/engine_set.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace camfleet::plant {
namespace {

/// The built-in catalogue's motion algorithm, which needs no model file.
class EngineSetTest : public ::testing::Test {
 protected:
  EngineSetTest() { used_[1] = catalogue_.find("3"); }

  result<std::unique_ptr<EngineSet>> load(unsigned threads) {
    return EngineSet::load(
        used_, [](const vision::Algorithm& one) { return vision::make_engine(one, vision::ModelPath{}); },
        threads);
  }
  static media::Frame frame(std::uint8_t left_half) {
    media::Frame frame;
    frame.resize(320, 240);
    std::fill(frame.bgr.begin(), frame.bgr.end(), std::uint8_t{20});
    for (int y = 0; y < 240; ++y) {
      const auto row = frame.bgr.begin() + static_cast<std::ptrdiff_t>(y) * frame.stride;
      std::fill(row, row + 160 * 3, left_half);
    }
    return frame;
  }

  const AlgorithmIx motion_{1};
  vision::Catalogue catalogue_ = vision::Catalogue::built_in();
  std::vector<const vision::Algorithm*> used_{nullptr, nullptr};
};

TEST_F(EngineSetTest, RunsTheAlgorithmWithTheMemoryOfTheSlice) {
  const auto set = load(2).value();
  const auto state = set->new_state(motion_);
  ASSERT_NE(state, nullptr);
  EXPECT_TRUE(set->analyse(0, motion_, frame(20), state.get()).boxes.empty());
  const auto seen = set->analyse(1, motion_, frame(220), state.get());
  EXPECT_FALSE(seen.error);
  ASSERT_EQ(seen.boxes.size(), 1U);
  EXPECT_NEAR(seen.boxes[0].w, 160, 8);
  const auto other = set->new_state(motion_);
  EXPECT_TRUE(set->analyse(1, motion_, frame(220), other.get()).boxes.empty())
      << "another slice has another memory";
}

TEST_F(EngineSetTest, AFrameThatCannotBeAnalysedIsAnError) {
  const auto set = load(1).value();
  const auto state = set->new_state(motion_);
  EXPECT_TRUE(set->analyse(0, motion_, media::Frame{}, state.get()).error);
  EXPECT_FALSE(set->analyse(0, motion_, frame(20), state.get()).error) << "the next one is fine";
}

TEST_F(EngineSetTest, AMissingModelIsKnownBeforeAnythingRuns) {
  used_[1] = catalogue_.find("4");
  const auto set = load(1);
  ASSERT_FALSE(set.has_value());
  EXPECT_EQ(set.error().code, Errc::model);
}

}  // namespace
}  // namespace camfleet::plant
