#include "actors/ledger/delays.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "actors/base/random.hpp"

namespace camfleet {
namespace {

TEST(Delays, OfNothingAreNothing) {
  const Delays delays;
  EXPECT_EQ(delays.count(), 0U);
  EXPECT_EQ(delays.quantile(500), Duration(0));
}

TEST(Delays, AreRightToASixteenth) {
  Random random(7);
  for (const std::uint64_t range : {20ULL, 1'000ULL, 3'000'000ULL, 90'000'000'000'000ULL}) {
    Delays delays;
    std::vector<Duration> all;
    for (int i = 0; i < 5000; ++i) {
      all.emplace_back(static_cast<std::int64_t>(random.below(range)) * 1000);
      delays.add(all.back());
    }
    std::ranges::sort(all);
    for (const std::uint32_t per_mille : {1U, 500U, 990U, 1000U}) {
      const Duration exact = all[(all.size() * per_mille + 999) / 1000 - 1];
      EXPECT_GE(delays.quantile(per_mille), exact);
      EXPECT_LE(delays.quantile(per_mille), exact + exact / 16 + std::chrono::microseconds(1));
    }
    EXPECT_EQ(delays.most(), all.back());
  }
}

TEST(Delays, BeforeTheirTimeCountAsNone) {
  Delays delays;
  delays.add(Duration(-5));
  delays.add(Duration::max());
  EXPECT_EQ(delays.quantile(500), Duration(0));
  EXPECT_EQ(delays.most(), Duration::max());
}

}  // namespace
}  // namespace camfleet
