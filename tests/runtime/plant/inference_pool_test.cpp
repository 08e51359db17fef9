#include "runtime/plant/inference_pool.hpp"

#include <algorithm>
#include <future>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace camfleet::plant {
namespace {

/// The built-in catalogue's motion algorithm, which needs no model file.
class InferencePoolTest : public ::testing::Test {
 protected:
  InferencePoolTest() { used_[1] = catalogue_.find("3"); }

  media::FrameRef frame(std::uint8_t left_half) {
    auto frame = frames_.try_acquire().value();
    frame->resize(320, 240);
    std::fill(frame->bgr.begin(), frame->bgr.end(), std::uint8_t{20});
    for (int y = 0; y < 240; ++y) {
      const auto row = frame->bgr.begin() + static_cast<std::ptrdiff_t>(y) * frame->stride;
      std::fill(row, row + 160 * 3, left_half);
    }
    return frame;
  }
  std::future<Analysis> submit(InferencePool& pool, media::FrameRef frame, vision::EngineState* state) {
    auto promise = std::make_shared<std::promise<Analysis>>();
    auto future = promise->get_future();
    pool.submit({motion_, std::move(frame), state,
                 [promise](Analysis&& analysis) { promise->set_value(std::move(analysis)); }});
    return future;
  }

  const AlgorithmIx motion_{1};
  vision::Catalogue catalogue_ = vision::Catalogue::built_in();
  std::vector<const vision::Algorithm*> used_{nullptr, nullptr};
  media::FramePool frames_{64};
};

TEST_F(InferencePoolTest, RunsTheAlgorithmWithTheMemoryOfTheSlice) {
  const auto pool = InferencePool::start(used_, {}, 2).value();
  EXPECT_EQ(pool->threads(), 2U);
  const auto state = pool->new_state(motion_);
  ASSERT_NE(state, nullptr);
  EXPECT_TRUE(submit(*pool, frame(20), state.get()).get().boxes.empty());
  const auto seen = submit(*pool, frame(220), state.get()).get();
  EXPECT_FALSE(seen.error);
  ASSERT_EQ(seen.boxes.size(), 1U);
  EXPECT_NEAR(seen.boxes[0].w, 160, 8);
  const auto other = pool->new_state(motion_);
  EXPECT_TRUE(submit(*pool, frame(220), other.get()).get().boxes.empty())
      << "another slice has another memory";
}

TEST_F(InferencePoolTest, FinishesWhatItWasGivenAndGivesTheFramesBack) {
  std::vector<std::future<Analysis>> futures;
  std::vector<std::unique_ptr<vision::EngineState>> states;
  {
    const auto pool = InferencePool::start(used_, {}, 3).value();
    for (int i = 0; i < 60; ++i) {
      states.push_back(pool->new_state(motion_));
      futures.push_back(submit(*pool, frame(20), states.back().get()));
    }
  }
  for (auto& future : futures) {
    ASSERT_EQ(future.wait_for(std::chrono::seconds(0)), std::future_status::ready);
    EXPECT_FALSE(future.get().error);
  }
  EXPECT_EQ(frames_.in_use(), 0U);
}

TEST_F(InferencePoolTest, AFrameThatCannotBeAnalysedIsAnErrorOfItsJob) {
  const auto pool = InferencePool::start(used_, {}, 1).value();
  const auto state = pool->new_state(motion_);
  const auto failed = submit(*pool, frames_.try_acquire().value(), state.get()).get();
  ASSERT_TRUE(failed.error);
  EXPECT_FALSE(submit(*pool, frame(20), state.get()).get().error) << "the next one is fine";
}

TEST_F(InferencePoolTest, AMissingModelIsKnownBeforeAnythingRuns) {
  used_[1] = catalogue_.find("4");
  const auto pool = InferencePool::start(used_, {}, 1);
  ASSERT_FALSE(pool.has_value());
  EXPECT_EQ(pool.error().code, Errc::model);
}

}  // namespace
}  // namespace camfleet::plant
