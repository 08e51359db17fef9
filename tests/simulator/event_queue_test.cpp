#include "simulator/event_queue.hpp"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/base/random.hpp"

namespace camfleet::sim {
namespace {

Instant at(std::int64_t nanos) {
  return Instant(Duration(nanos));
}
ActorId device(std::uint32_t number) {
  return {ActorKind::device, home_place, number};
}

std::uint32_t tag_of(const Event& event) {
  return std::get<TimerFired>(*event.message).tag.number;
}

TEST(Route, SortsByReceiverThenSenderAsTheirIdsDo) {
  std::vector<ActorId> ids;
  for (const ActorKind kind : {ActorKind::scheduler, ActorKind::device, ActorKind::node}) {
    for (const Place place : {home_place, Place{1}, Place{511}}) {
      for (const std::uint32_t number : {0U, 1U, 0xFFFFFU}) ids.push_back({kind, place, number});
    }
  }
  std::vector<std::pair<ActorId, ActorId>> ways;
  for (const ActorId to : ids) {
    for (const ActorId from : ids) ways.emplace_back(to, from);
  }
  EXPECT_TRUE(std::ranges::is_sorted(ways));
  EXPECT_TRUE(std::ranges::is_sorted(ways, {}, [](const auto& way) { return Route(way.second, way.first); }));
  for (const auto& [to, from] : ways) {
    EXPECT_EQ(Route(from, to).to(), to);
    EXPECT_EQ(Route(from, to).from(), from);
  }
}

TEST(EventQueue, OrdersByTimeDestinationSourceAndSequence) {
  struct Posted {
    std::int64_t at;
    std::uint32_t to;
    std::uint32_t from;
    std::uint32_t tag;
  };
  // Posted in many orders, taken in one: only the order of posts of the same source counts.
  std::vector<Posted> posts;
  for (std::int64_t time : {30, 10, 20}) {
    for (std::uint32_t to : {2U, 0U, 1U}) {
      for (std::uint32_t from : {1U, 0U}) posts.push_back({time, to, from, 0});
    }
  }
  Random random(5);
  for (int round = 0; round < 50; ++round) {
    for (std::size_t i = posts.size(); i > 1; --i) std::swap(posts[i - 1], posts[random.below(i)]);
    EventQueue queue(at(0));
    for (const Posted& post : posts)
      queue.post(device(post.from), device(post.to), at(post.at), TimerFired{{post.tag}});
    std::vector<std::tuple<std::int64_t, std::uint32_t, std::uint32_t>> taken;
    while (const auto event = queue.take())
      taken.emplace_back(event->at.time_since_epoch().count(), event->to().number, event->from().number);
    EXPECT_EQ(taken.size(), posts.size());
    EXPECT_TRUE(std::ranges::is_sorted(taken));
  }
}

TEST(EventQueue, WhatHandlersSendKeepsTheOrder) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    EventQueue queue(at(0));
    for (int i = 0; i < 20; ++i) {
      const auto time = static_cast<std::int64_t>(random.below(5));
      queue.post(device(0), device(static_cast<std::uint32_t>(random.below(9))), at(time), TimerFired{});
    }
    std::vector<std::tuple<std::int64_t, std::uint32_t, std::uint32_t>> taken;
    while (const auto event = queue.take()) {
      taken.emplace_back(event->at.time_since_epoch().count(), event->to().number, event->from().number);
      if (taken.size() > 500) continue;
      // Most of it arrives at the next nanosecond, as between actors.
      for (std::uint64_t sent = random.below(3); sent > 0; --sent) {
        const auto later = static_cast<std::int64_t>(random.below(4) == 0 ? random.below(4) : 1);
        queue.post(event->to(), device(static_cast<std::uint32_t>(random.below(9))),
                   event->at + Duration(later), TimerFired{});
      }
    }
    ASSERT_TRUE(std::ranges::is_sorted(taken)) << "seed " << seed;
  }
}

TEST(EventQueue, MessagesOfOneSourceKeepTheirOrder) {
  EventQueue queue(at(0));
  for (std::uint32_t i = 0; i < 100; ++i) queue.post(device(1), device(2), at(5), TimerFired{{i}});
  for (std::uint64_t i = 0; i < 100; ++i) EXPECT_EQ(tag_of(*queue.take()), i);
}

TEST(EventQueue, AJumpOfTheClockMovesMessagesAndLeavesTimers) {
  EventQueue queue(at(100));
  queue.post(device(1), device(2), at(110), AddInstance{});
  queue.set_timer(device(1), at(150), {1});
  queue.set_timer(device(1), at(500), {2});
  queue.jump(Duration(100));
  EXPECT_EQ(queue.now(), at(200));
  const auto passed = queue.take();
  EXPECT_EQ(tag_of(*passed), 1U);
  EXPECT_EQ(passed->at, at(200));
  EXPECT_EQ(queue.take()->at, at(210));
  queue.jump(Duration(-60));
  EXPECT_EQ(queue.now(), at(150));
  EXPECT_EQ(queue.take()->at, at(500));
}

TEST(EventQueue, AJumpOfTheClockMovesTimersAfterASpan) {
  EventQueue queue(at(100));
  queue.set_timer_after(device(1), Duration(50), {1});
  const Instant steady = queue.steady_now();
  queue.jump(Duration(1000));
  EXPECT_EQ(queue.steady_now(), steady);
  EXPECT_EQ(queue.take()->at, at(1150));
  EXPECT_EQ(queue.steady_now() - steady, Duration(50));
  queue.set_timer_after(device(1), Duration(50), {1});
  queue.jump(Duration(-1000));
  EXPECT_EQ(queue.take()->at, at(200));
  EXPECT_EQ(queue.steady_now() - steady, Duration(100));
}

TEST(EventQueue, MessagesOfTheNextNanosecondWaitForAllThatIsLate) {
  EventQueue queue(at(0));
  constexpr std::uint32_t timers = 8;
  for (std::uint32_t i = 0; i < timers; ++i) {
    const auto apart = static_cast<std::int64_t>(i) * 3'000'000;  // in slots of their own
    queue.set_timer(device(9), at(1 + apart), {i});
  }
  queue.jump(seconds(1));
  for (std::uint32_t i = 0; i < timers; ++i) {
    EXPECT_EQ(tag_of(*queue.take()), i);
    queue.post(device(9), device(30 - i), queue.now() + Duration(1), TimerFired{{i}});
  }
  for (std::uint32_t i = timers; i-- > 0;) EXPECT_EQ(tag_of(*queue.take()), i) << "by their receivers";
}

TEST(EventQueue, WhatIsSentPastItIsHeldToo) {
  EventQueue queue(at(100));
  const Place node = place_of(NodeIx{0});
  queue.hold(node, at(1000));
  for (std::uint32_t i = 0; i < 3; ++i)
    queue.send(at_place(node, device(1)), at_place(node, device(2)), TimerFired{{i}});
  queue.send(device(1), device(2), TimerFired{{7}});
  EXPECT_EQ(tag_of(*queue.take()), 7U) << "elsewhere nothing is held";
  for (std::uint32_t i = 0; i < 3; ++i) {
    const auto event = queue.take();
    EXPECT_EQ(tag_of(*event), i);
    EXPECT_EQ(event->at, at(1000));
  }
}

TEST(EventQueue, WhatIsSentComesAsIfItWerePosted) {
  Random random(3);
  for (int round = 0; round < 200; ++round) {
    EventQueue posts(at(0));
    EventQueue sends(at(0));
    for (std::uint32_t i = 0; i < 12; ++i) {
      const auto number = static_cast<std::uint32_t>(random.below(3));
      const ActorId to = device(static_cast<std::uint32_t>(random.below(3)));
      if (random.below(2) == 0) {
        posts.post(device(number), to, posts.now() + Duration(1), TimerFired{{i}});
        sends.send(device(number), to, TimerFired{{i}});
      } else {
        const ActorId plant{ActorKind::plant, home_place, number};
        const Instant later = posts.now() + Duration(static_cast<std::int64_t>(random.below(3)));
        posts.post(plant, to, later, TimerFired{{i}});
        sends.post(plant, to, later, TimerFired{{i}});
      }
      if (random.below(2) == 0) continue;
      const auto one = posts.take();
      const auto other = sends.take();
      ASSERT_TRUE(one && other);
      ASSERT_EQ(std::pair(one->at, tag_of(*one)), std::pair(other->at, tag_of(*other)));
    }
    while (const auto one = posts.take()) ASSERT_EQ(tag_of(*one), tag_of(*sends.take()));
    EXPECT_FALSE(sends.take());
  }
}

TEST(EventQueue, NothingArrivesBeforeTheNextNanosecond) {
  EventQueue queue(at(100));
  queue.post(device(1), device(2), at(50), TimerFired{{1}});
  queue.set_timer(device(1), at(100), {2});
  EXPECT_EQ(queue.take()->at, at(101));
  EXPECT_EQ(queue.take()->at, at(101));
}

TEST(EventQueue, ACancelledTimerDoesNotFire) {
  EventQueue queue(at(0));
  const TimerId first = queue.set_timer(device(1), at(10), {1});
  queue.set_timer(device(1), at(20), {2});
  queue.cancel_timer(first);
  EXPECT_EQ(tag_of(*queue.take()), 2U);
  EXPECT_FALSE(queue.take());
  // The cell is used again: a late cancel of the old timer must not touch the new one.
  queue.set_timer(device(1), at(30), {3});
  queue.set_timer(device(1), at(31), {4});
  queue.cancel_timer(first);
  EXPECT_EQ(tag_of(*queue.take()), 3U);
  EXPECT_EQ(tag_of(*queue.take()), 4U);
}

}  // namespace
}  // namespace camfleet::sim
