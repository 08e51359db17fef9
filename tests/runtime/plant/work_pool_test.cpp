#include "runtime/plant/work_pool.hpp"

#include <atomic>
#include <future>
#include <mutex>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace camfleet::plant {
namespace {

/// Keeps a pool of one thread busy until it is opened, so that jobs queue up behind it.
class Gate {
 public:
  explicit Gate(WorkPool& pool, std::uint32_t lane) {
    pool.submit(lane, WorkPool::no_strand,
                [opened = opened_.get_future().share()](unsigned) { opened.wait(); });
  }
  void open() { opened_.set_value(); }

 private:
  std::promise<void> opened_;
};

TEST(WorkPool, RunsEveryJobBeforeItEnds) {
  std::atomic<int> ran = 0;
  {
    WorkPool pool(3);
    for (int i = 0; i < 1000; ++i)
      pool.submit(static_cast<std::uint32_t>(i % 7), static_cast<std::uint64_t>(i % 5),
                  [&](unsigned) { ++ran; });
  }
  EXPECT_EQ(ran, 1000);
}

TEST(WorkPool, LanesTakeTurnsHoweverMuchOneHas) {
  std::vector<std::uint32_t> order;
  {
    WorkPool pool(1);
    Gate gate(pool, 99);
    for (int i = 0; i < 50; ++i) pool.submit(1, WorkPool::no_strand, [&](unsigned) { order.push_back(1); });
    for (int i = 0; i < 2; ++i) pool.submit(2, WorkPool::no_strand, [&](unsigned) { order.push_back(2); });
    gate.open();
  }
  ASSERT_EQ(order.size(), 52U);
  EXPECT_EQ(std::vector<std::uint32_t>(order.begin(), order.begin() + 4),
            (std::vector<std::uint32_t>{1, 2, 1, 2}));
}

TEST(WorkPool, JobsOfAStrandRunOneAtATimeInOrder) {
  constexpr int jobs = 400;
  std::vector<int> order;
  std::atomic<int> inside = 0;
  bool overlapped = false;
  {
    WorkPool pool(4);
    for (int i = 0; i < jobs; ++i) {
      pool.submit(static_cast<std::uint32_t>(7), 42, [&, i](unsigned) {
        if (++inside > 1) overlapped = true;
        order.push_back(i);
        --inside;
      });
    }
  }
  EXPECT_FALSE(overlapped);
  ASSERT_EQ(order.size(), static_cast<std::size_t>(jobs));
  for (int i = 0; i < jobs; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(WorkPool, ABusyStrandHoldsUpNobodyElse) {
  std::promise<void> release;
  std::promise<void> passed;
  {
    WorkPool pool(2);
    pool.submit(1, 5, [&](unsigned) { release.get_future().wait(); });
    pool.submit(1, 5, [](unsigned) {});
    pool.submit(1, 6, [&](unsigned) { passed.set_value(); });
    EXPECT_EQ(passed.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
    release.set_value();
  }
}

TEST(WorkPool, TellsEachJobItsThread) {
  std::mutex mutex;
  std::set<unsigned> seen;
  {
    WorkPool pool(3);
    EXPECT_EQ(pool.threads(), 3U);
    for (int i = 0; i < 100; ++i) {
      pool.submit(static_cast<std::uint32_t>(i), WorkPool::no_strand, [&](unsigned thread) {
        const std::lock_guard lock(mutex);
        seen.insert(thread);
      });
    }
  }
  for (const unsigned thread : seen) EXPECT_LT(thread, 3U);
}

}  // namespace
}  // namespace camfleet::plant
