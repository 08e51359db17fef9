#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/vision/support.hpp"
#include "tests/runtime/vision/tiny_models.hpp"

namespace camfleet::vision {
namespace {

using ::testing::HasSubstr;
using testing::TempFolder;
using testing::tiny_cfg;
using testing::tiny_onnx;
using testing::tiny_weights;

const std::string tiny_catalogue = R"(
algorithms:
  - id: tiny
    name: {zh: 小, en: Tiny}
    kind: detector
    variants:
      - engine: onnx
        model: [tiny.onnx]
        input: {size: 8x8, channels: RGB}
        output: yolov5
        labels: [cat, dog, ""]
        nms_threshold: 0.5
        cost: 0.001
  - id: dark
    name: {zh: 暗, en: Dark}
    kind: detector
    variants:
      - engine: darknet
        model: [dark.cfg, dark.weights]
        input: {size: 32x32, channels: RGB}
        output: darknet
        labels: [thing]
        cost: 0.001
)";

Algorithm entry(const std::string& id) {
  auto catalogue = Catalogue::parse(tiny_catalogue, "tiny.yaml");
  EXPECT_TRUE(catalogue.has_value());
  return *catalogue.value().find(id);
}

class NetworkTest : public ::testing::Test {
 protected:
  result<std::unique_ptr<Engine>> make(const Algorithm& algorithm) { return make_engine(algorithm, models_); }

  std::string error_of(const Algorithm& algorithm) {
    const auto engine = make(algorithm);
    if (engine) return "";
    EXPECT_EQ(engine.error().code, Errc::model);
    return engine.error().line();
  }

  TempFolder folder_;
  ModelPath models_{{folder_.path()}};
};

TEST_F(NetworkTest, AnOnnxDetectorRunsByItsEntryAlone) {
  folder_.write("tiny.onnx", tiny_onnx());
  auto catalogue = Catalogue::built_in();
  ASSERT_TRUE(catalogue.merge_file(folder_.write("mine.yaml", tiny_catalogue)).has_value());
  auto engine = make_engine(*catalogue.find("tiny"), models_);
  ASSERT_TRUE(engine.has_value()) << engine.error().line();
  // A row of red pixels is a candidate: cx cy w h object cat dog background.
  cv::Mat picture(8, 8, CV_8UC3, cv::Scalar(0, 0, 0));
  const auto put = [&](int row, const std::vector<int>& values) {
    for (int x = 0; x < 8; ++x) picture.at<cv::Vec3b>(row, x)[2] = static_cast<std::uint8_t>(values.at(x));
  };
  put(1, {4, 4, 2, 4, 1, 0, 1, 0});
  put(2, {2, 2, 4, 4, 1, 1, 0, 0});
  put(3, {2, 2, 4, 3, 1, 1, 0, 0});  // covered by the one above
  put(4, {6, 6, 2, 2, 1, 0, 0, 1});  // a class that is not reported
  put(5, {6, 6, 2, 2, 0, 1, 0, 0});  // no object
  EXPECT_EQ(testing::text_of(testing::look(*engine.value(), picture)),
            "dog 1.000000 3,2 2x4; cat 1.000000 0,0 4x4; ");
}

TEST_F(NetworkTest, ADarknetNetworkRuns) {
  folder_.write("dark.cfg", tiny_cfg());
  folder_.write("dark.weights", tiny_weights());
  auto engine = make(entry("dark"));
  ASSERT_TRUE(engine.has_value()) << engine.error().line();
  const cv::Mat picture(40, 50, CV_8UC3, cv::Scalar(0, 0, 0));
  EXPECT_TRUE(testing::look(*engine.value(), picture).empty())
      << "half sure of the object, half of its class";
}

TEST_F(NetworkTest, AMissingFileNamesThePlacesAndTheTool) {
  EXPECT_EQ(error_of(entry("tiny")),
            "algorithm tiny (Tiny): needs tiny.onnx, not found in " + folder_.path() +
                "; tools/setup fetches models, --models or CAMFLEET_MODELS names a folder that has them");
}

TEST_F(NetworkTest, BrokenOnnxFilesAreErrors) {
  const auto good = tiny_onnx();
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "is empty"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "is no whole ONNX file"},
      {std::string(1000, '\0'), "is no whole ONNX file"},
      {std::string(1000, '\xFF'), "is no whole ONNX file"},
      {tiny_cfg(), "is no whole ONNX file"},
      {tiny_onnx(2), "tensor shape holds 2 values, expected 3"},
      {tiny_onnx(4), "tensor shape holds 4 values, expected 3"},
      {tiny_onnx(3, "form"), "a node takes \"form\", which nothing gives"},
  };
  for (const auto& [bytes, message] : cases) {
    folder_.write("tiny.onnx", bytes);
    EXPECT_THAT(error_of(entry("tiny")), HasSubstr(message)) << bytes.size();
    EXPECT_THAT(error_of(entry("tiny")), HasSubstr(folder_.path() + "/tiny.onnx")) << "the file is named";
  }
  for (std::size_t size = 1; size + 4 < good.size(); ++size) {
    folder_.write("tiny.onnx", good.substr(0, size));
    EXPECT_NE(error_of(entry("tiny")), "") << "cut after " << size << " of " << good.size() << " bytes";
  }
}

TEST_F(NetworkTest, BrokenDarknetFilesAreErrors) {
  const auto cfg = tiny_cfg();
  const auto with = [&](const std::string& part, const std::string& other) {
    auto text = cfg;
    return text.replace(text.find(part), part.size(), other);
  };
  struct Case {
    std::string cfg;
    std::string weights;
    std::string message;
  };
  const std::vector<Case> cases{
      {"", tiny_weights(), "is empty"},
      {cfg, "", "is empty"},
      {cfg, tiny_weights(-1),
       "weights: has 112 bytes, expected 116 for this cfg: truncated, or of another network"},
      {cfg, tiny_weights(1), "weights: has 120 bytes, expected 116"},
      {cfg, "text", "weights: has no darknet header"},
      {"<html>404</html>", tiny_weights(), "cfg line 1: is no darknet cfg; [section] or key=value is right"},
      {"[convolutional]\nfilters=1", tiny_weights(), "cfg: begins with no [net]; a darknet cfg does"},
      {"[net]\nwidth=8\n", tiny_weights(), "cfg: has no layers"},
      {with("filters=6", "filters=7"), tiny_weights(), "weights: has 116 bytes, expected 132"},
      {with("stride=1", "stride=0"), tiny_weights(),
       "cfg line 6: [convolutional] stride=0 is wrong; it is a whole number from 1 to 256"},
      {with("filters=6", "filters=-6"), tiny_weights(), "cfg line 6: [convolutional] filters=-6 is wrong"},
      {with("pad=0", "pad=0\n[route]\nlayers=-2"), tiny_weights(),
       "[route] layers=-2 is wrong; it names layers before this one"},
      {with("pad=0", "pad=0\n[shortcut]\nfrom=1"), tiny_weights(),
       "[shortcut] from=1 is wrong; it names layers before this one"},
      {with("num=1\n", ""), tiny_weights(), "[yolo] lacks one of mask, anchors, classes, num"},
      {with("[yolo]", "[transformer]"), tiny_weights(), "OpenCV does not take it: "},
      {with("num=1", "num=5"), tiny_weights(),
       "cfg line 13: [yolo] has 2 anchors, expected 10 (two for each of num=5)"},
      {with("mask=0", "mask=9"), tiny_weights(),
       "cfg line 13: [yolo] mask=9 is wrong; its numbers are from 0 to num-1"},
      {with("classes=1", "classes=80"), tiny_weights(), ": "},
  };
  for (const auto& [text, weights, message] : cases) {
    folder_.write("dark.cfg", text);
    folder_.write("dark.weights", weights);
    EXPECT_THAT(error_of(entry("dark")), HasSubstr(message)) << text;
  }
}

TEST_F(NetworkTest, AnEntryThatDoesNotFitItsNetworkIsAnError) {
  folder_.write("tiny.onnx", tiny_onnx());
  const auto changed = [](const std::function<void(Variant&)>& change) {
    auto algorithm = entry("tiny");
    change(algorithm.variants[0]);
    return algorithm;
  };
  EXPECT_THAT(error_of(changed([](Variant& v) { v.input["size"] = "16x16"; })),
              HasSubstr("network: cannot be run: "));
  EXPECT_THAT(error_of(changed([](Variant& v) { v.input["layout"] = "NHWC"; })), HasSubstr(""));
  EXPECT_THAT(error_of(changed([](Variant& v) { v.labels.pop_back(); })),
              HasSubstr("output out: has shape 1x24x8, expected 1xNx7"));
  EXPECT_THAT(error_of(changed([](Variant& v) { v.layout = "yunet"; })),
              HasSubstr("labels: are 3; yunet has one"));
  EXPECT_THAT(error_of(changed([](Variant& v) { v.layout = "mine"; })),
              HasSubstr("\"mine\" is no output layout"));
  EXPECT_THAT(error_of(changed([](Variant& v) { v.labels.clear(); })),
              HasSubstr("the variant has no labels"));
  EXPECT_THAT(error_of(changed([](Variant& v) { v.input.erase("size"); })), HasSubstr("size: is absent"));
  EXPECT_THAT(error_of(changed([](Variant& v) { v.engine = "magic"; })),
              HasSubstr("no engine is called \"magic\""));
  EXPECT_THAT(error_of(changed([](Variant& v) { v.engine = "darknet"; })),
              HasSubstr("has 1 files; darknet takes 2"));
}

}  // namespace
}  // namespace camfleet::vision
