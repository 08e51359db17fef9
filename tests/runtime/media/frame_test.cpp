#include "runtime/media/frame.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace camfleet::media {

namespace {

TEST(Frame, KeepsItsMemoryForSmallerPictures) {
  Frame frame;
  frame.resize(640, 480);
  const std::uint8_t* memory = frame.bgr.data();
  for (const auto& [width, height] : {std::pair{320, 240}, {640, 480}, {1, 1}, {480, 640}}) {
    frame.resize(width, height);
    EXPECT_EQ(frame.bgr.data(), memory);
    EXPECT_EQ(frame.stride, 3 * width);
    EXPECT_GE(frame.bgr.size(), static_cast<std::size_t>(frame.stride) * static_cast<std::size_t>(height));
  }
}

TEST(Frame, ShowsWhatOthersLendUntilItsUseEnds) {
  FramePool pool(1);
  const auto lent = std::make_shared<std::uint8_t>(7);
  {
    const auto frame = pool.try_acquire();
    ASSERT_TRUE(frame.has_value());
    (*frame)->show(lent, 1, 1, 64);
    EXPECT_EQ((*frame)->pixels(), lent.get());
    EXPECT_EQ((*frame)->stride, 64);
    (*frame)->resize(2, 2);
    EXPECT_EQ((*frame)->pixels(), (*frame)->bgr.data());
    EXPECT_EQ(lent.use_count(), 1);
    (*frame)->show(lent, 1, 1, 3);
    EXPECT_EQ(lent.use_count(), 2);
  }
  EXPECT_EQ(lent.use_count(), 1);
}

TEST(FramePool, HandsOutItsCapacityAndNoMore) {
  FramePool pool(3);
  auto first = pool.try_acquire();
  const auto second = pool.try_acquire();
  const auto third = pool.try_acquire();
  ASSERT_TRUE(first && second && third);
  EXPECT_NE(first->slot(), second->slot());
  EXPECT_NE(second->slot(), third->slot());
  EXPECT_EQ(pool.in_use(), 3U);
  EXPECT_FALSE(pool.try_acquire().has_value());
  const std::uint32_t slot = first->slot();
  first.reset();
  EXPECT_EQ(pool.in_use(), 2U);
  const auto again = pool.try_acquire();
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->slot(), slot);
}

TEST(FramePool, GivesASlotBackWithItsLastOwner) {
  FramePool pool(1);
  FrameRef kept;
  EXPECT_FALSE(kept);
  {
    const auto first = pool.try_acquire();
    ASSERT_TRUE(first.has_value());
    (*first)->resize(2, 2);
    kept = *first;
    const FrameRef& same = kept;
    kept = same;
  }
  EXPECT_TRUE(kept);
  EXPECT_EQ(kept->width, 2);
  EXPECT_EQ(pool.in_use(), 1U);
  FrameRef moved = std::move(kept);
  EXPECT_EQ(pool.in_use(), 1U);
  moved = FrameRef();
  EXPECT_EQ(pool.in_use(), 0U);
}

TEST(FramePool, IsSharedByThreads) {
  constexpr std::uint32_t capacity = 4;
  FramePool pool(capacity);
  std::atomic<int> clashes = 0;
  std::vector<std::atomic<int>> holders(capacity);
  const auto work = [&] {
    for (int i = 0; i < 20'000; ++i) {
      auto taken = pool.try_acquire();
      if (!taken) continue;
      if (holders[taken->slot()].fetch_add(1) != 0) ++clashes;
      const FrameRef copy = *taken;
      taken->operator->()->width = i;
      holders[copy.slot()].fetch_sub(1);
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(6);
  for (int i = 0; i < 6; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(clashes, 0);
  EXPECT_EQ(pool.in_use(), 0U);
}

}  // namespace

}  // namespace camfleet::media
