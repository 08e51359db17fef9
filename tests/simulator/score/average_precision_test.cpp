#include "simulator/score/average_precision.hpp"

#include <string>

#include <gtest/gtest.h>

namespace camfleet::testing {
namespace {

using score::ScoreHistogram;

/// Boxes by falling score, a thousandth apart: '+' right, '-' wrong; '=' both at one score.
std::optional<double> area(const std::string& boxes, std::uint64_t objects) {
  ScoreHistogram histogram;
  std::uint16_t at = 1000;
  for (const char c : boxes) {
    if (c != '-') histogram.add(at, true);
    if (c != '+') histogram.add(at, false);
    --at;
  }
  return histogram.average_precision(objects);
}

TEST(AveragePrecision, IsTheAreaUnderTheBestPrecisionAtEachRecall) {
  EXPECT_EQ(area("", 0), std::nullopt);
  EXPECT_EQ(area("--", 0), std::nullopt);
  EXPECT_EQ(area("", 3), 0.0);
  EXPECT_EQ(area("--", 3), 0.0);
  EXPECT_EQ(area("+++", 3), 1.0);
  EXPECT_EQ(area("+++-----", 3), 1.0) << "what is wrong below the last right one does not matter";
  EXPECT_DOUBLE_EQ(*area("++", 4), 0.5);
  EXPECT_DOUBLE_EQ(*area("-+", 1), 0.5);
  // Recall a third at precision 1; two thirds and one at 3/4, which is better than the 2/3 at the second.
  EXPECT_DOUBLE_EQ(*area("+-++", 3), (1.0 + 0.75 + 0.75) / 3);
  EXPECT_DOUBLE_EQ(*area("=", 1), 0.5) << "boxes of one score come together";
}

TEST(AveragePrecision, OfSumsIsThatOfAllBoxesTogether) {
  ScoreHistogram one;
  ScoreHistogram other;
  one.add(0, true);
  other.add(1000, false);
  ScoreHistogram sum;
  sum.add(one);
  sum.add(other);
  EXPECT_DOUBLE_EQ(*sum.average_precision(2), 0.25);
}

}  // namespace
}  // namespace camfleet::testing
