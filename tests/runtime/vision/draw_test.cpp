#include "runtime/vision/draw.hpp"

#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>

#include "tests/runtime/vision/support.hpp"

namespace camfleet::vision {
namespace {

using testing::view;

cv::Mat decoded(const std::vector<std::uint8_t>& jpeg) {
  return cv::imdecode(jpeg, cv::IMREAD_COLOR);
}

TEST(DrawFindings, DrawsTheEdgesOfTheBox) {
  const cv::Mat picture(200, 300, CV_8UC3, cv::Scalar(0, 0, 0));
  const auto jpeg = draw_findings(view(picture), {{"person", 0.87F, 100, 80, 60, 90}}, 95);
  ASSERT_TRUE(jpeg.has_value());
  const auto seen = decoded(jpeg.value());
  ASSERT_EQ(seen.size(), picture.size());
  EXPECT_GT(cv::sum(seen.at<cv::Vec3b>(120, 100))[0], 60) << "left edge";
  EXPECT_GT(cv::sum(seen.at<cv::Vec3b>(169, 130))[0], 60) << "bottom edge";
  EXPECT_LT(cv::sum(seen.at<cv::Vec3b>(130, 130))[0], 60) << "the inside stays";
  EXPECT_EQ(cv::countNonZero(picture.reshape(1)), 0) << "the picture itself is not touched";
}

TEST(DrawFindings, BoxesAtEveryEdgeAndLabelsOfEveryKind) {
  const cv::Mat picture(48, 64, CV_8UC3, cv::Scalar(90, 90, 90));
  const std::vector<Box> boxes{{"a", 1, 0, 0, 64, 48},
                               {"人体", 0.5F, 63, 47, 1, 1},
                               {"", 0, 0, 47, 1, 1},
                               {std::string(5000, 'x'), 2, 60, 0, 4, 4}};
  const auto jpeg = draw_findings(view(picture), boxes, 80);
  ASSERT_TRUE(jpeg.has_value());
  EXPECT_EQ(decoded(jpeg.value()).size(), picture.size());
}

TEST(DrawFindings, TheSamePictureGivesTheSameBytes) {
  const cv::Mat picture(48, 64, CV_8UC3, cv::Scalar(10, 90, 200));
  const std::vector<Box> boxes{{"cat", 0.5F, 10, 10, 30, 30}};
  EXPECT_EQ(draw_findings(view(picture), boxes, 80).value(), draw_findings(view(picture), boxes, 80).value());
}

TEST(DrawFindings, WrongInputIsNamed) {
  const cv::Mat picture(48, 64, CV_8UC3, cv::Scalar(90, 90, 90));
  struct Case {
    ImageView image;
    std::vector<Box> boxes;
    int quality;
    std::string line;
  };
  const std::vector<Case> cases{
      {{}, {}, 80, "picture: has no pixels (null)"},
      {view(picture), {}, 0, "quality: 0 is wrong; it is 1 to 100"},
      {view(picture), {}, 101, "quality: 101 is wrong; it is 1 to 100"},
      {view(picture), {{"a", 1, 60, 0, 5, 5}}, 80, "boxes[0]: is not within the picture"},
      {view(picture),
       {{"a", 1, 0, 0, 5, 5}, {"a", 1, 2'147'483'647, 0, 5, 5}},
       80,
       "boxes[1]: is not within the picture"},
      {view(picture), std::vector<Box>(301, {"a", 1, 0, 0, 5, 5}), 80, "boxes: 301; at most 300"},
  };
  for (const auto& [image, boxes, quality, line] : cases) {
    const auto jpeg = draw_findings(image, boxes, quality);
    ASSERT_FALSE(jpeg.has_value()) << line;
    EXPECT_EQ(jpeg.error().line(), line);
  }
}

}  // namespace
}  // namespace camfleet::vision
