#include "runtime/api/nonces.hpp"

#include <gtest/gtest.h>

namespace camfleet::api {
namespace {

TEST(Nonces, KnowANonceOfAKeyForHalfAnHour) {
  Nonces nonces;
  const Instant start = parse_iso("2026-03-01T02:00:00Z").value();
  EXPECT_TRUE(nonces.use("a", "1", start));
  EXPECT_FALSE(nonces.use("a", "1", start));
  EXPECT_TRUE(nonces.use("b", "1", start));
  EXPECT_TRUE(nonces.use("a", "2", start + seconds(1)));
  EXPECT_TRUE(nonces.use("a", "", start + seconds(1)));
  EXPECT_FALSE(nonces.use("a", "1", start + minutes(30)));
  EXPECT_EQ(nonces.size(), 4U);
  EXPECT_TRUE(nonces.use("a", "1", start + minutes(30) + Duration(1)));
  EXPECT_FALSE(nonces.use("a", "2", start + minutes(30) + Duration(1)));
  EXPECT_EQ(nonces.size(), 3U);
}

TEST(Nonces, ForgetTheOldestBeyondTheirNumber) {
  Nonces nonces;
  const Instant now{};
  for (std::size_t i = 0; i <= Nonces::max_nonces; ++i)
    ASSERT_TRUE(nonces.use("a", std::to_string(i), now + Duration(i)));
  EXPECT_EQ(nonces.size(), Nonces::max_nonces);
  EXPECT_FALSE(nonces.use("a", "1", now));
  EXPECT_TRUE(nonces.use("a", "0", now));
}

}  // namespace
}  // namespace camfleet::api
