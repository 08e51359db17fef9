#include "simulator/time_wheel.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/simulator/timed_row.hpp"

namespace camfleet::sim {
namespace {

using Row = TimedRow;

constexpr std::int64_t second = 1'000'000'000;

/// A step of a script: take one, or put one in at `by` from the last one that was taken.
struct Step {
  bool takes = false;
  std::int64_t by = 0;
};

rc::Gen<Step> step() {
  const auto by = rc::gen::oneOf(
      rc::gen::inRange<std::int64_t>(0, 5), rc::gen::inRange<std::int64_t>(0, second / 100),
      rc::gen::inRange<std::int64_t>(0, 20 * second), rc::gen::inRange<std::int64_t>(0, 100'000 * second),
      rc::gen::inRange<std::int64_t>(-20 * second, 1));
  return rc::gen::build<Step>(rc::gen::set(&Step::takes, rc::gen::arbitrary<bool>()),
                              rc::gen::set(&Step::by, by));
}

void expect_same(TimeWheel<Row>& wheel, std::set<Row>& twin) {
  const Row* top = wheel.top();
  RC_ASSERT((top == nullptr) == twin.empty());
  if (top == nullptr) return;
  RC_ASSERT(*top == *twin.begin());
  RC_ASSERT(*wheel.pop(top) == *twin.begin());
  twin.erase(twin.begin());
}

RC_GTEST_PROP(TimeWheel, GivesTheSmallestWhilePushesAndPopsMix, ()) {
  const auto steps = *rc::gen::container<std::vector<Step>>(step());
  TimeWheel<Row> wheel;
  std::set<Row> twin;
  std::int64_t now = *rc::gen::element<std::int64_t>(0, -5 * second, 1'770'000'000 * second);
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    if (steps[i].takes) {
      if (!twin.empty()) now = twin.begin()->at;
      expect_same(wheel, twin);
    } else {
      wheel.push({now + steps[i].by, i});
      twin.insert({now + steps[i].by, i});
    }
    RC_ASSERT(wheel.size() == twin.size());
    // Nothing that near() does not show lies before near_end().
    if (wheel.near() == nullptr && !twin.empty()) RC_ASSERT(twin.begin()->at >= wheel.near_end());
  }
  while (!twin.empty()) expect_same(wheel, twin);
  RC_ASSERT(wheel.empty());
}

RC_GTEST_PROP(TimeWheel, KeepsItsOrderWhenAllAreChanged,
              (std::vector<std::int64_t> times, std::int32_t by_ms)) {
  TimeWheel<Row> wheel;
  std::set<Row> twin;
  constexpr std::int64_t longest = 1000 * second;
  for (std::uint32_t i = 0; i < times.size(); ++i) {
    const Row row{times[i] % longest, i};
    wheel.push(row);
    twin.insert(row);
    if (i % 4 == 3) expect_same(wheel, twin);
  }
  std::set<Row> moved;
  const std::int64_t by = std::int64_t{by_ms} * 1'000'000;
  for (Row row : twin) {
    row.at += by;
    moved.insert(row);
  }
  wheel.change([&](Row& row) { row.at += by; });
  RC_ASSERT(wheel.size() == moved.size());
  const auto later =
      *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, longest));
  for (std::uint32_t i = 0; i < later.size(); ++i) {
    const Row row{later[i], static_cast<std::uint32_t>(times.size()) + i};
    wheel.push(row);
    moved.insert(row);
  }
  while (!moved.empty()) expect_same(wheel, moved);
}

TEST(TimeWheel, StandsWhereItStoodWhenThereIsNothingToChange) {
  TimeWheel<Row> wheel;
  wheel.push({60 * second, 0});
  wheel.pop(wheel.top());
  const std::int64_t end = wheel.near_end();
  wheel.change([](Row&) {});
  EXPECT_EQ(wheel.near_end(), end);
  EXPECT_GT(end, 60 * second);
}

TEST(TimeWheel, TakesAHerdOfOneInstantInOrder) {
  TimeWheel<Row> wheel;
  constexpr std::uint32_t herd = 20'000;
  for (std::uint32_t i = herd; i-- > 0;) wheel.push({60 * second, i});
  for (std::uint32_t i = 0; i < herd; ++i) {
    // While it is taken, others come just after it.
    wheel.push({60 * second + 1, i});
    const Row* top = wheel.top();
    ASSERT_NE(top, nullptr);
    EXPECT_EQ(wheel.pop(top)->number, i);
  }
  EXPECT_EQ(wheel.size(), herd);
}

}  // namespace
}  // namespace camfleet::sim
