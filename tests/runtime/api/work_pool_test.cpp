#include "runtime/api/work_pool.hpp"

#include <atomic>
#include <future>
#include <new>

#include <gtest/gtest.h>

namespace camfleet::api {
namespace {

/// A job that is under way until it is let go.
struct Held {
  std::promise<void> began;
  std::promise<void> let_go;
  WorkPool::Job job() {
    return {[this] {
              began.set_value();
              let_go.get_future().wait();
            },
            [] { FAIL() << "it was under way"; }, ""};
  }
};

TEST(WorkPool, WithoutThreadsTheCallerDoesIt) {
  WorkPool pool(0, 0, {});
  bool done = false;
  EXPECT_TRUE(pool.submit({[&] { done = true; }, [] {}, ""}));
  EXPECT_TRUE(done);
}

TEST(WorkPool, TakesSoManyAsMayWait) {
  WorkPool pool(1, 2, {});
  Held held;
  ASSERT_TRUE(pool.submit(held.job()));
  held.began.get_future().wait();
  std::atomic<int> done = 0;
  const WorkPool::Job one{[&] { ++done; }, [] { FAIL() << "it had its turn"; }, ""};
  EXPECT_TRUE(pool.submit(one));
  EXPECT_TRUE(pool.submit(one));
  EXPECT_FALSE(pool.submit(one));
  std::promise<void> last;
  held.let_go.set_value();
  while (!pool.submit({[&] { last.set_value(); }, [] {}, ""})) std::this_thread::yield();
  last.get_future().wait();
  EXPECT_EQ(done, 2);
}

TEST(WorkPool, CallersTakeTurns) {
  WorkPool pool(1, 8, {});
  Held held;
  ASSERT_TRUE(pool.submit(held.job()));
  held.began.get_future().wait();
  std::string order;
  std::promise<void> last;
  const auto submit = [&](const std::string& caller) {
    const auto note = [&, caller] {
      order += caller;
      if (order.size() == 6) last.set_value();
    };
    ASSERT_TRUE(pool.submit({note, [] { FAIL() << "there was room"; }, caller}));
  };
  for (const char* caller : {"a", "a", "a", "a", "b", "c"}) submit(caller);
  held.let_go.set_value();
  last.get_future().wait();
  EXPECT_EQ(order, "abcaaa");
}

TEST(WorkPool, WhoHasTheMostWaitingGivesWay) {
  WorkPool pool(1, 4, {});
  Held held;
  ASSERT_TRUE(pool.submit(held.job()));
  held.began.get_future().wait();
  std::string done;
  std::string dropped;
  std::promise<void> last;
  const auto submit = [&](const std::string& caller, const std::string& name) {
    const auto note = [&, name] {
      done += name;
      if (done.size() == 4) last.set_value();
    };
    return pool.submit({note, [&, name] { dropped += name; }, caller});
  };
  for (const char* name : {"1", "2", "3", "4"}) EXPECT_TRUE(submit("a", name));
  EXPECT_FALSE(submit("a", "5")) << "who has the most has no more";
  EXPECT_TRUE(submit("b", "x"));
  EXPECT_EQ(dropped, "4");
  EXPECT_TRUE(submit("b", "y"));
  EXPECT_EQ(dropped, "43");
  EXPECT_FALSE(submit("b", "z")) << "both have the same";
  EXPECT_TRUE(submit("c", "!")) << "one who has none";
  EXPECT_EQ(dropped.size(), 3U);
  held.let_go.set_value();
  last.get_future().wait();
}

TEST(WorkPool, WhatWaitsWhenItStopsIsDropped) {
  WorkPool pool(1, 8, {});
  Held held;
  ASSERT_TRUE(pool.submit(held.job()));
  held.began.get_future().wait();
  std::promise<void> dropped;
  ASSERT_TRUE(pool.submit({[] { FAIL() << "it was dropped"; }, [&] { dropped.set_value(); }, ""}));
  std::thread stops([&] { pool.stop(); });
  dropped.get_future().wait();
  held.let_go.set_value();
  stops.join();
  EXPECT_FALSE(pool.submit({[] { FAIL(); }, [] { FAIL(); }, ""}));
  pool.stop();
}

TEST(WorkPool, AJobThatFindsNoMemoryEndsAlone) {
  std::atomic<int> told = 0;
  WorkPool pool(1, 8, [&] { ++told; });
  ASSERT_TRUE(pool.submit({[] { throw std::bad_alloc(); }, [] {}, ""}));
  std::promise<void> next;
  ASSERT_TRUE(pool.submit({[&] { next.set_value(); }, [] {}, ""}));
  next.get_future().wait();
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace camfleet::api
