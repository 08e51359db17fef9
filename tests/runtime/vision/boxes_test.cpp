#include "runtime/vision/boxes.hpp"

#include <gtest/gtest.h>

namespace camfleet::vision {
namespace {

Detection at(float left, float top, float side, float score, int label = 0) {
  return {label, score, left, top, left + side, top + side};
}

TEST(Overlap, IsIntersectionOverUnion) {
  EXPECT_FLOAT_EQ(overlap(at(0, 0, 10, 1), at(0, 0, 10, 1)), 1);
  EXPECT_FLOAT_EQ(overlap(at(0, 0, 10, 1), at(5, 0, 10, 1)), 50.0F / 150.0F);
  EXPECT_FLOAT_EQ(overlap(at(0, 0, 10, 1), at(10, 0, 10, 1)), 0);
  EXPECT_FLOAT_EQ(overlap(at(3, 3, 0, 1), at(3, 3, 0, 1)), 0);
}

TEST(Suppress, KeepsTheBestOfEachLabelInOrder) {
  const auto kept =
      suppress({at(0, 0, 10, 0.6F), at(1, 0, 10, 0.9F), at(0, 0, 10, 0.7F, 1), at(50, 0, 10, 0.8F)}, 0.5F);
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_FLOAT_EQ(kept[0].score, 0.9F);
  EXPECT_FLOAT_EQ(kept[1].score, 0.8F);
  EXPECT_FLOAT_EQ(kept[2].score, 0.7F);
  EXPECT_EQ(kept[2].label, 1);
}

TEST(Suppress, TiesStayInTheOrderGiven) {
  const auto kept = suppress({at(40, 0, 10, 0.5F), at(0, 0, 10, 0.5F), at(20, 0, 10, 0.5F)}, 0.5F);
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_FLOAT_EQ(kept[0].left, 40);
  EXPECT_FLOAT_EQ(kept[1].left, 0);
  EXPECT_FLOAT_EQ(kept[2].left, 20);
}

TEST(Suppress, OverlapAtTheThresholdIsKept) {
  EXPECT_EQ(suppress({at(0, 0, 10, 0.9F), at(5, 0, 10, 0.8F)}, 50.0F / 150.0F).size(), 2U);
  EXPECT_EQ(suppress({at(0, 0, 10, 0.9F), at(5, 0, 10, 0.8F)}, 0.33F).size(), 1U);
}

TEST(Suppress, IsLimited) {
  std::vector<Detection> many;
  for (int i = 0; i < 10'000; ++i) many.push_back(at(static_cast<float>(20 * i), 0, 10, 0.5F));
  EXPECT_EQ(suppress(many, 0.5F).size(), max_boxes);
}

TEST(ToBoxes, MapsAndClips) {
  struct Case {
    Detection found;
    std::string expected;  ///< "x,y wxh", or "" when it is left out
  };
  const std::vector<Case> cases{
      {{0, 0.5F, 10, 20, 30, 40}, "0,20 40x30"},
      {{0, 0.5F, -1000, -1000, 1000, 1000}, "0,0 100x50"},
      {{0, 0.5F, 60, 20, 80, 30}, ""},     // right of the picture
      {{0, 0.5F, 20, 20, 20.1F, 30}, ""},  // less than half a pixel wide
      {{0, 0.5F, 30, 20, 20, 30}, ""},     // right of its own right edge
      {{1, 0.5F, 10, 20, 30, 40}, ""},     // a class that is not reported
      {{0, 0.5F, 1e30F, -1e30F, 1e38F, 1e38F}, ""},
  };
  const ImageView image{nullptr, 100, 50, 300};
  for (const auto& [found, expected] : cases) {
    std::vector<Box> boxes;
    to_boxes({found}, {10, 10, 2, 2}, image, {"thing", ""}, boxes);
    std::string text;
    for (const auto& b : boxes) {
      text = std::to_string(b.x) + "," + std::to_string(b.y) + " " + std::to_string(b.w) + "x" +
             std::to_string(b.h);
    }
    EXPECT_EQ(text, expected) << found.left << "," << found.top;
  }
}

}  // namespace
}  // namespace camfleet::vision
