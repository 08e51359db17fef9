#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "tests/runtime/vision/support.hpp"

namespace camfleet::vision {
namespace {

using testing::text_of;
using testing::view;

class MotionTest : public ::testing::Test {
 protected:
  MotionTest() {
    auto made = make_engine(*Catalogue::built_in().find("3"), {});
    EXPECT_TRUE(made.has_value());
    engine_ = std::move(made).value();
    state_ = engine_->new_state();
  }

  std::vector<Box> look(const cv::Mat& picture) {
    std::vector<Box> boxes;
    const auto looked = engine_->analyse(view(picture), state_.get(), boxes);
    EXPECT_TRUE(looked.has_value()) << looked.error().line();
    return boxes;
  }

  static cv::Mat scene(const std::vector<cv::Rect>& things, cv::Size size = {640, 360},
                       int brightness = 200) {
    cv::Mat picture(size, CV_8UC3, cv::Scalar(60, 60, 60));
    for (const auto& thing : things) picture(thing).setTo(cv::Scalar::all(brightness));
    return picture;
  }

  std::unique_ptr<Engine> engine_;
  std::unique_ptr<EngineState> state_;
};

TEST_F(MotionTest, TheFirstPictureGivesNothing) {
  EXPECT_TRUE(look(scene({{100, 100, 80, 80}})).empty());
}

TEST_F(MotionTest, AStillSceneGivesNothing) {
  look(scene({{100, 100, 80, 80}}));
  EXPECT_TRUE(look(scene({{100, 100, 80, 80}})).empty());
}

TEST_F(MotionTest, WhatAppearsIsOneBoxInPlace) {
  look(scene({}));
  const auto boxes = look(scene({{100, 60, 80, 40}}));
  EXPECT_EQ(text_of(boxes), "motion 1.000000 100,60 80x40; ");
}

TEST_F(MotionTest, ThingsFarApartAreTwoBoxesBestFirst) {
  look(scene({}));
  // The second is an L: three quarters of its box.
  const auto boxes = look(scene({{400, 200, 40, 80}, {400, 200, 80, 40}, {100, 60, 80, 40}}));
  EXPECT_EQ(text_of(boxes), "motion 1.000000 100,60 80x40; motion 0.750000 400,200 80x80; ");
}

TEST_F(MotionTest, SmallChangesAndSpecksAreIgnored) {
  look(scene({}));
  EXPECT_TRUE(look(scene({{100, 60, 80, 40}}, {640, 360}, 60 + 17)).empty()) << "17 grey levels";
  EXPECT_TRUE(look(scene({})).empty());
  EXPECT_TRUE(look(scene({{100, 60, 12, 4}})).empty()) << "three cells";
}

TEST_F(MotionTest, ChangesOf18GreyLevelsAndFourCellsCount) {
  look(scene({}));
  EXPECT_EQ(look(scene({{100, 60, 16, 4}}, {640, 360}, 60 + 18)).size(), 1U);
}

TEST_F(MotionTest, APictureOfAnotherSizeStartsAnew) {
  look(scene({}));
  EXPECT_TRUE(look(scene({{100, 60, 80, 40}}, {320, 180})).empty());
  EXPECT_EQ(look(scene({}, {320, 180})).size(), 1U);
}

TEST_F(MotionTest, SlicesDoNotMix) {
  const auto other = engine_->new_state();
  look(scene({}));
  std::vector<Box> boxes;
  const auto picture = scene({{100, 60, 80, 40}});
  ASSERT_TRUE(engine_->analyse(view(picture), other.get(), boxes).has_value());
  EXPECT_TRUE(boxes.empty()) << "the other slice has seen nothing before";
  EXPECT_EQ(look(picture).size(), 1U);
}

TEST_F(MotionTest, EverySizeOfPictureIsTaken) {
  for (const auto& size : {cv::Size(1, 1), {1, 500}, {500, 1}, {7, 3}, {161, 91}, {1920, 1080}}) {
    state_ = engine_->new_state();
    look(scene({}, size));
    const auto boxes = look(scene({cv::Rect({0, 0}, size)}, size));
    const bool enough = size.area() >= 4;
    ASSERT_EQ(boxes.size(), enough ? 1U : 0U) << size;
    if (enough) {
      EXPECT_EQ(cv::Size(boxes[0].w, boxes[0].h), size);
    }
  }
}

TEST_F(MotionTest, WithoutItsStateIsAnError) {
  std::vector<Box> boxes;
  const auto looked = engine_->analyse(view(scene({})), nullptr, boxes);
  ASSERT_FALSE(looked.has_value());
  EXPECT_EQ(looked.error().line(), "motion: needs the state that new_state() gives");
}

}  // namespace
}  // namespace camfleet::vision
