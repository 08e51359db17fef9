#include "runtime/vision/decoders.hpp"

#include <cmath>
#include <limits>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace camfleet::vision {
namespace {

using ::testing::HasSubstr;

/// A tensor with its own memory, zero but for what `set` puts in.
struct Owned {
  std::string name;
  std::vector<int> shape;
  std::vector<float> data;

  Owned(std::string its_name, std::vector<int> its_shape, float value = 0)
      : name(std::move(its_name)), shape(std::move(its_shape)) {
    data.assign(std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>()), value);
  }
  Owned& set(std::size_t from, const std::vector<float>& values) {
    std::copy(values.begin(), values.end(), data.begin() + static_cast<std::ptrdiff_t>(from));
    return *this;
  }
};

result<std::vector<Detection>> decode(const std::string& layout, const std::vector<Owned>& outputs,
                                      const DecodeContext& context) {
  std::vector<Tensor> tensors;
  tensors.reserve(outputs.size());
  for (const auto& output : outputs) tensors.push_back({output.name, output.shape, output.data});
  return find_layout(layout)->decode(tensors, context);
}

std::string text_of(const result<std::vector<Detection>>& found) {
  if (!found) return found.error().line();
  std::string text;
  for (const auto& d : found.value()) {
    const auto part = [&](float v) { text.append(" ").append(std::to_string(std::lround(v * 100))); };
    text += std::to_string(d.label);
    for (const float v : {d.score, d.left, d.top, d.right, d.bottom}) part(v);
    text += ";";
  }
  return text;
}

constexpr DecodeContext two_classes{100, 50, 2, 0.5F};
constexpr DecodeContext face{64, 64, 1, 0.5F};

TEST(Decoders, Darknet) {
  // cx cy w h object class class, all 0 to 1; the third row is below the threshold.
  const auto found = decode("darknet",
                            {Owned("a", {2, 7}).set(0, {0.5F, 0.5F, 0.2F, 0.4F, 0.9F, 0.1F, 0.8F}),
                             Owned("b", {1, 7}).set(0, {0.1F, 0.2F, 0.2F, 0.4F, 0.9F, 0.5F, 0.5F})},
                            two_classes);
  EXPECT_EQ(text_of(found), "1 80 4000 1500 6000 3500;0 50 0 0 2000 2000;");
}

TEST(Decoders, Yolov5) {
  const auto found = decode("yolov5",
                            {Owned("out", {1, 3, 7})
                                 .set(0, {50, 25, 20, 10, 0.8F, 0.1F, 1.0F})
                                 .set(7, {50, 25, 20, 10, 0.6F, 0.8F, 0.1F})},
                            two_classes);
  EXPECT_EQ(text_of(found), "1 80 4000 2000 6000 3000;") << "0.6 x 0.8 is below the threshold";
}

TEST(Decoders, Yolov8) {
  // Values of one box stand one below the other: 6 rows of 2 boxes.
  const auto found = decode(
      "yolov8", {Owned("out", {1, 6, 2}).set(0, {50, 10, 25, 10, 20, 4, 10, 4, 0.1F, 0.4F, 0.9F, 0.3F})},
      two_classes);
  EXPECT_EQ(text_of(found), "1 90 4000 2000 6000 3000;");
}

TEST(Decoders, BoxesAndScoresInAnyOrder) {
  const auto boxes = Owned("boxes", {1, 2, 4}).set(0, {0.1F, 0.2F, 0.5F, 0.6F, 0, 0, 1, 1});
  const auto scores = Owned("scores", {1, 2, 2}).set(0, {0.2F, 0.8F, 0.3F, 0.3F});
  const std::string expected = "1 80 1000 1000 5000 3000;";
  EXPECT_EQ(text_of(decode("boxes_scores", {boxes, scores}, two_classes)), expected);
  EXPECT_EQ(text_of(decode("boxes_scores", {scores, boxes}, two_classes)), expected);
}

std::vector<Owned> yunet_outputs() {
  std::vector<Owned> outputs;
  for (const auto& [stride, count] : {std::pair{8, 64}, {16, 16}, {32, 4}}) {
    const auto suffix = std::string("_").append(std::to_string(stride));
    outputs.emplace_back("cls" + suffix, std::vector<int>{1, count, 1}, 0.0F);
    outputs.emplace_back("obj" + suffix, std::vector<int>{1, count, 1}, 1.0F);
    outputs.emplace_back("bbox" + suffix, std::vector<int>{1, count, 4}, 0.0F);
  }
  return outputs;
}

TEST(Decoders, Yunet) {
  auto outputs = yunet_outputs();
  // Stride 16, cell 6 of a 4x4 grid: column 2, row 1. Score sqrt(0.81 x 1); side 16 x exp(ln 2) = 32.
  outputs[3].set(6, {0.81F});
  outputs[5].set(24, {0.5F, 0.25F, std::log(2.0F), 0});
  EXPECT_EQ(text_of(decode("yunet", outputs, face)), "0 90 2400 1200 5600 2800;");
}

std::vector<Owned> blazeface_outputs() {
  return {Owned("s1", {1, 512, 1}, -100), Owned("s2", {1, 384, 1}, -100), Owned("b1", {1, 512, 16}),
          Owned("b2", {1, 384, 16})};
}

TEST(Decoders, Blazeface) {
  constexpr DecodeContext back{256, 256, 1, 0.5F};
  auto outputs = blazeface_outputs();
  // First grid: anchor 37 is the second one of cell 18, column 2, row 1: centre (40, 24). Second grid: anchor
  // 6 is the first one of cell 1: centre (48, 16).
  outputs[0].set(37, {0});
  outputs[2].set(std::size_t{37} * 16, {2, 4, 20, 10});
  outputs[1].set(6, {100});
  outputs[3].set(std::size_t{6} * 16, {0, 0, 32, 32});
  EXPECT_EQ(text_of(decode("blazeface", outputs, back)), "0 50 3200 2300 5200 3300;0 100 3200 0 6400 3200;");
}

struct WrongOutputs {
  std::string layout;
  std::vector<Owned> outputs;
  DecodeContext context;
  std::string message;
};

TEST(Decoders, WrongShapesAreNamed) {
  auto yunet_absent = yunet_outputs();
  yunet_absent.pop_back();
  auto yunet_other_size = yunet_outputs();
  const std::vector<WrongOutputs> cases{
      {"darknet",
       {Owned("a", {2, 85})},
       two_classes,
       "output a: has shape 2x85, expected Nx7 (cx cy w h object classes) for 2 labels"},
      {"darknet", {Owned("a", {7})}, two_classes, "output a: has shape 7, expected Nx7"},
      {"darknet", {}, two_classes, "outputs: are none"},
      {"darknet", {Owned("a", {0, 7})}, two_classes, "output a: is empty"},
      {"yolov5", {Owned("o", {1, 7, 25})}, two_classes, "output o: has shape 1x7x25, expected 1xNx7"},
      {"yolov8", {Owned("o", {1, 25, 6})}, two_classes, "output o: has shape 1x25x6, expected 1x6xN"},
      {"yolov8", {Owned("o", {6, 25})}, two_classes, "output o: has shape 6x25, expected 1x6xN"},
      {"boxes_scores", {Owned("b", {1, 5, 4})}, two_classes, "outputs: are b 1x5x4, expected boxes 1xNx4"},
      {"boxes_scores",
       {Owned("b", {1, 5, 4}), Owned("s", {1, 6, 2})},
       two_classes,
       "outputs: are b 1x5x4, s 1x6x2, expected boxes"},
      {"boxes_scores", {Owned("b", {1, 5, 4}), Owned("s", {1, 5, 3})}, two_classes, "and scores 1xNx2"},
      {"yunet", yunet_absent, face, "(no bbox_32)"},
      {"yunet", yunet_other_size, {128, 64, 1, 0.5F}, "output cls_8: has shape 1x64x1, expected 1x128x1"},
      {"yunet", yunet_outputs(), {64, 64, 2, 0.5F}, "labels: are 2; yunet has one, the face"},
      {"blazeface",
       {Owned("s1", {1, 512, 1})},
       face,
       "outputs: are s1 1x512x1, expected scores 1x512x1 and 1x384x1"},
      {"blazeface", blazeface_outputs(), two_classes, "labels: are 2; blazeface has one"},
  };
  for (const auto& wrong : cases) {
    const auto found = decode(wrong.layout, wrong.outputs, wrong.context);
    ASSERT_FALSE(found.has_value()) << wrong.message;
    EXPECT_EQ(found.error().code, Errc::model);
    EXPECT_THAT(found.error().line(), HasSubstr(wrong.message));
  }
}

TEST(Decoders, ValuesThatAreNoNumbersAreErrors) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  constexpr float infinite = std::numeric_limits<float>::infinity();
  const std::vector<std::pair<std::string, std::vector<Owned>>> cases{
      {"darknet", {Owned("o", {1, 7}).set(0, {0, 0, 0, 0, 0, nan, 0})}},
      {"yolov5", {Owned("o", {1, 1, 7}).set(0, {infinite, 0, 0, 0, 1, 1, 0})}},
      {"yolov8", {Owned("o", {1, 6, 1}).set(0, {0, 0, nan, 0, 1, 1})}},
      {"boxes_scores", {Owned("o", {1, 1, 4}).set(0, {0, 0, 0, nan}), Owned("s", {1, 1, 2}).set(0, {1, 0})}},
  };
  for (const auto& [layout, outputs] : cases) {
    EXPECT_EQ(text_of(decode(layout, outputs, two_classes)),
              "output o: holds a value that is not a finite number")
        << layout;
  }
}

TEST(Decoders, AreListed) {
  EXPECT_EQ(layout_names(), "blazeface, boxes_scores, darknet, yolov5, yolov8, yunet");
  EXPECT_EQ(find_layout("yolov9"), nullptr);
}

}  // namespace
}  // namespace camfleet::vision
