#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "tests/runtime/vision/support.hpp"

namespace camfleet::vision {
namespace {

using ::testing::HasSubstr;
using testing::look;
using testing::text_of;

/// The variant of a built-in algorithm that has this engine.
Algorithm built_in(const std::string& id, const std::string& engine) {
  auto algorithm = *Catalogue::built_in().find(id);
  std::erase_if(algorithm.variants, [&](const Variant& variant) { return variant.engine != engine; });
  EXPECT_EQ(algorithm.variants.size(), 1U);
  return algorithm;
}

TEST(Hog, NeedsNoFilesAndIsRepeatable) {
  auto engine = make_engine(built_in("2", "hog"), {});
  ASSERT_TRUE(engine.has_value()) << engine.error().line();
  const auto picture = testing::sample_picture("basketball1.png");
  if (!picture) GTEST_SKIP() << "opencv-doc is not installed: no basketball1.png";
  const auto first = look(*engine.value(), *picture);
  EXPECT_EQ(text_of(first), text_of(look(*engine.value(), *picture)));
  for (const auto& box : first) {
    EXPECT_EQ(box.label, "person");
    EXPECT_GE(box.score, 0.4F);
  }
}

TEST(Hog, AnEmptyAndASmallPictureHaveNobody) {
  auto engine = make_engine(built_in("2", "hog"), {});
  ASSERT_TRUE(engine.has_value());
  EXPECT_TRUE(look(*engine.value(), cv::Mat(300, 400, CV_8UC3, cv::Scalar(90, 90, 90))).empty());
  EXPECT_TRUE(look(*engine.value(), cv::Mat(1, 1, CV_8UC3, cv::Scalar(90, 90, 90))).empty());
}

TEST(Cascade, FindsAFaceAndIsRepeatable) {
  const auto algorithm = built_in("1", "cascade");
  const auto models = ModelPath::standard("");
  if (!choose_variant(algorithm, models)) GTEST_SKIP() << "opencv-data is not installed: no cascades";
  auto engine = make_engine(algorithm, models);
  ASSERT_TRUE(engine.has_value()) << engine.error().line();
  const auto picture = testing::sample_picture("basketball1.png");
  if (!picture) GTEST_SKIP() << "opencv-doc is not installed: no basketball1.png";
  const auto faces = look(*engine.value(), *picture);
  ASSERT_EQ(faces.size(), 1U);
  const cv::Rect face(faces[0].x, faces[0].y, faces[0].w, faces[0].h);
  EXPECT_TRUE(face.contains({89, 113})) << text_of(faces);
  EXPECT_EQ(text_of(faces), text_of(look(*engine.value(), *picture)));
}

TEST(Cascade, BrokenFilesAreErrors) {
  const testing::TempFolder folder;
  auto algorithm = built_in("1", "cascade");
  algorithm.variants[0].model = {"a.xml"};
  for (const std::string bytes :
       {"", "text", "<?xml version=\"1.0\"?>", "<?xml version=\"1.0\"?><opencv_storage/>",
        "<?xml version=\"1.0\"?>\n<opencv_storage><cascade>"}) {
    folder.write("a.xml", bytes);
    const auto engine = make_engine(algorithm, ModelPath{{folder.path()}});
    ASSERT_FALSE(engine.has_value()) << bytes;
    EXPECT_EQ(engine.error().code, Errc::model);
    EXPECT_THAT(engine.error().line(), HasSubstr("algorithm 1: " + folder.path() + "/a.xml: cascade: "));
  }
}

TEST(Cascade, ATruncatedFileIsAnError) {
  const auto whole = testing::bytes_of("/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml");
  if (whole.empty()) GTEST_SKIP() << "opencv-data is not installed: no cascades";
  const testing::TempFolder folder;
  auto algorithm = built_in("1", "cascade");
  algorithm.variants[0].model = {"a.xml"};
  for (const std::size_t part : {1, 4, 7}) {
    folder.write("a.xml", whole.substr(0, whole.size() * part / 8));
    EXPECT_FALSE(make_engine(algorithm, ModelPath{{folder.path()}}).has_value()) << part;
  }
}

TEST(Engines, PicturesAreChecked) {
  const std::vector<std::uint8_t> pixels(300, 0);
  struct Case {
    ImageView image;
    std::string line;
  };
  const std::vector<Case> cases{
      {{nullptr, 10, 10, 30}, "picture: has no pixels (null)"},
      {{pixels.data(), 0, 10, 30}, "picture: is 0x10 pixels; at least 1x1 is right"},
      {{pixels.data(), 10, -1, 30}, "picture: is 10x-1 pixels; at least 1x1 is right"},
      {{pixels.data(), 8193, 10, 30000}, "picture: is 8193x10 pixels; a side is at most 8192"},
      {{pixels.data(), 10, 8193, 30}, "picture: is 10x8193 pixels; a side is at most 8192"},
      {{pixels.data(), 10, 10, 29}, "picture: has a stride of 29 bytes; at least 30 is right"},
  };
  for (const auto& [id, engine_name] : {std::pair{"2", "hog"}, {"3", "motion"}}) {
    auto engine = make_engine(built_in(id, engine_name), {});
    ASSERT_TRUE(engine.has_value());
    const auto state = engine.value()->new_state();
    for (const auto& [image, line] : cases) {
      std::vector<Box> boxes(1);
      const auto looked = engine.value()->analyse(image, state.get(), boxes);
      ASSERT_FALSE(looked.has_value()) << line;
      EXPECT_EQ(looked.error().line(), line);
      EXPECT_TRUE(boxes.empty());
    }
  }
}

TEST(Engines, AStrideBeyondTheRowIsFollowed) {
  // The right half of the memory is another picture; it must not be seen.
  auto engine = make_engine(built_in("3", "motion"), {});
  ASSERT_TRUE(engine.has_value());
  cv::Mat memory(120, 400, CV_8UC3, cv::Scalar(50, 50, 50));
  const auto state = engine.value()->new_state();
  std::vector<Box> boxes;
  const ImageView left{memory.data, 200, 120, static_cast<int>(memory.step[0])};
  ASSERT_TRUE(engine.value()->analyse(left, state.get(), boxes).has_value());
  memory(cv::Rect(200, 0, 200, 120)).setTo(cv::Scalar::all(255));
  ASSERT_TRUE(engine.value()->analyse(left, state.get(), boxes).has_value());
  EXPECT_TRUE(boxes.empty());
}

}  // namespace
}  // namespace camfleet::vision
