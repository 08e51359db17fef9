#include "simulator/spread_sort.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/simulator/timed_row.hpp"

namespace camfleet::sim {
namespace {

using Row = TimedRow;

constexpr unsigned span_bits = 21;
constexpr std::int64_t span = std::int64_t{1} << span_bits;

std::vector<Row> sorted(std::vector<Row> rows) {
  SpreadSort<Row>()(rows, rows.size(), span_bits);
  return rows;
}

std::vector<Row> twin(std::vector<Row> rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

// `crowd` in a thousand come at one instant: a part of the span then has more than others.
RC_GTEST_PROP(SpreadSort, SortsLikeTheLibrary, (std::uint32_t seed)) {
  const auto count = *rc::gen::inRange<std::uint32_t>(0, 3000);
  const auto crowd = *rc::gen::inRange<std::uint32_t>(0, 1001);
  const std::int64_t begin = *rc::gen::inRange<std::int64_t>(-1'000'000, 1'000'000) * span;
  std::vector<Row> rows;
  std::uint64_t state = seed;
  for (std::uint32_t i = 0; i < count; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    const auto at = static_cast<std::int64_t>((state >> 33U) % span);
    rows.push_back({begin + ((state >> 20U) % 1000 < crowd ? span / 3 : at), count - i});
  }
  RC_ASSERT(sorted(rows) == twin(rows));
}

TEST(SpreadSort, TakesTheSameSorterForLotsOfAllSizes) {
  SpreadSort<Row> sort;
  for (const std::uint32_t count : {5000U, 11U, 12U, 13U, 0U, 1U, 2048U}) {
    std::vector<Row> rows;
    for (std::uint32_t i = 0; i < count; ++i) rows.push_back({span - 1 - i * 7 % 1000, i});
    const std::vector<Row> expected = twin(rows);
    rows.resize(count + count % 3, Row{-1, 0});
    sort(rows, count, span_bits);
    rows.resize(count);
    EXPECT_EQ(rows, expected) << count;
  }
}

}  // namespace
}  // namespace camfleet::sim
