#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/runtime/vision/support.hpp"

namespace camfleet::vision {
namespace {

using ::testing::HasSubstr;
using testing::look;
using testing::sample_picture;
using testing::text_of;

/// One variant of a built-in algorithm, or nothing when its files are not there.
std::unique_ptr<Engine> variant_of(const Algorithm& algorithm, std::size_t index) {
  Algorithm alone = algorithm;
  alone.variants = {algorithm.variants.at(index)};
  const auto models = ModelPath::standard("");
  if (!choose_variant(alone, models)) return nullptr;
  auto engine = make_engine(alone, models);
  EXPECT_TRUE(engine.has_value()) << engine.error().line();
  return engine ? std::move(engine).value() : nullptr;
}

bool covers(const Box& box, cv::Point point) {
  return cv::Rect(box.x, box.y, box.w, box.h).contains(point);
}

#define SKIP_WITHOUT(thing, what) \
  if (!(thing)) GTEST_SKIP() << what << " is not there (CAMFLEET_MODELS, opencv-doc, opencv-data)"

struct FaceCase {
  std::string picture;
  std::vector<cv::Point> faces;  ///< a point in each frontal face; no other box is right
};

const std::vector<FaceCase> face_pictures{{"messi5.jpg", {{240, 113}}},
                                          {"basketball1.png", {{88, 113}}},
                                          {"fruits.jpg", {}},
                                          {"home.jpg", {}},
                                          {"building.jpg", {}}};

void expect_faces(Engine& engine) {
  for (const auto& [name, faces] : face_pictures) {
    const auto picture = sample_picture(name);
    SKIP_WITHOUT(picture, name);
    const auto boxes = look(engine, *picture);
    EXPECT_EQ(boxes.size(), faces.size()) << name << ": " << text_of(boxes);
    for (const auto& face : faces) {
      EXPECT_TRUE(std::any_of(boxes.begin(), boxes.end(), [&](const Box& box) { return covers(box, face); }))
          << name << ": " << text_of(boxes);
    }
    EXPECT_EQ(text_of(boxes), text_of(look(engine, *picture))) << name << " a second time";
  }
}

TEST(Pictures, FacesByBlazeface) {
  const auto engine = variant_of(*Catalogue::built_in().find("1"), 0);
  SKIP_WITHOUT(engine, "the BlazeFace model");
  expect_faces(*engine);
}

TEST(Pictures, FacesByCascade) {
  const auto engine = variant_of(*Catalogue::built_in().find("1"), 1);
  SKIP_WITHOUT(engine, "the cascade");
  expect_faces(*engine);
}

TEST(Pictures, FacesByYunet) {
  for (const std::size_t index : {0, 1}) {
    const auto engine = variant_of(*Catalogue::built_in().find("5"), index);
    SKIP_WITHOUT(engine, "a YuNet model");
    expect_faces(*engine);
  }
}

/// A model that the built-in catalogue does not know, added by a file of the user's.
TEST(Pictures, FacesByAnOnnxDetectorThatAFileAdds) {
  const testing::TempFolder folder;
  const auto path = folder.write("mine.yaml", R"(
algorithms:
  - id: ultraface
    name: {zh: 人脸, en: UltraFace}
    kind: detector
    variants:
      - engine: onnx
        model: [version-RFB-320.onnx]
        input: {size: 320x240, channels: RGB, scale: 1/128, mean: 127}
        output: boxes_scores
        labels: ["", face]
        score_threshold: 0.7
        nms_threshold: 0.3
        cost: 0.0083
)");
  auto catalogue = Catalogue::built_in();
  ASSERT_TRUE(catalogue.merge_file(path).has_value());
  const auto engine = variant_of(*catalogue.find("ultraface"), 0);
  SKIP_WITHOUT(engine, "version-RFB-320.onnx");
  const auto picture = sample_picture("messi5.jpg");
  SKIP_WITHOUT(picture, "messi5.jpg");
  const auto boxes = look(*engine, *picture);
  ASSERT_EQ(boxes.size(), 1U) << text_of(boxes);
  EXPECT_EQ(boxes[0].label, "face");
  EXPECT_TRUE(covers(boxes[0], {240, 113})) << text_of(boxes);
}

/// Pictures 100 frames apart of OpenCV's sample film of pedestrians.
std::vector<cv::Mat> pedestrians(const testing::TempFolder& folder) {
  const std::string command =
      "ffmpeg -loglevel error -i /usr/share/doc/opencv-doc/examples/data/vtest.avi "
      "-vf 'select=not(mod(n\\,100))' -vsync 0 " +
      folder.path() + "/%d.png 2>/dev/null";
  std::vector<cv::Mat> pictures;
  if (std::system(command.c_str()) != 0) return pictures;
  for (int i = 1; i <= 8; ++i) {
    pictures.push_back(cv::imread(folder.path() + "/" + std::to_string(i) + ".png"));
    EXPECT_FALSE(pictures.back().empty()) << i;
  }
  return pictures;
}

bool agree(const Box& a, const Box& b) {
  const cv::Rect first(a.x, a.y, a.w, a.h);
  const cv::Rect second(b.x, b.y, b.w, b.h);
  const int both = (first & second).area();
  return 2 * both >= first.area() + second.area() - both;
}

/// How many of `boxes` are people of `truth`, at half an overlap.
int found_of(const std::vector<Box>& truth, const std::vector<Box>& boxes) {
  return static_cast<int>(std::count_if(truth.begin(), truth.end(), [&](const Box& person) {
    return std::any_of(boxes.begin(), boxes.end(),
                       [&](const Box& box) { return box.label == "person" && agree(person, box); });
  }));
}

class Pedestrians : public ::testing::Test {
 protected:
  void SetUp() override {
    pictures_ = pedestrians(folder_);
    SKIP_WITHOUT(!pictures_.empty(), "vtest.avi or the ffmpeg command");
    // The truth: the best detector at twice its usual size, and only what it is sure of.
    auto algorithm = *Catalogue::built_in().find("2");
    algorithm.variants[0].input["size"] = "640x480";
    algorithm.variants[0].score_threshold = 0.8F;
    const auto engine = variant_of(algorithm, 0);
    SKIP_WITHOUT(engine, "yolo-fastest-1.1_body");
    for (const auto& picture : pictures_) {
      truth_.push_back(look(*engine, picture));
      people_ += static_cast<int>(truth_.back().size());
    }
    ASSERT_GE(people_, 25);
  }

  /// Shares, in percent: of the people that are found, and of the boxes that are people.
  std::pair<int, int> score(Engine& engine) {
    int found = 0;
    int right = 0;
    int boxes_in_all = 0;
    for (std::size_t i = 0; i < pictures_.size(); ++i) {
      auto boxes = look(engine, pictures_[i]);
      EXPECT_EQ(text_of(boxes), text_of(look(engine, pictures_[i]))) << "picture " << i << " a second time";
      std::erase_if(boxes, [](const Box& box) { return box.label != "person"; });
      found += found_of(truth_[i], boxes);
      right += found_of(boxes, truth_[i]);
      boxes_in_all += static_cast<int>(boxes.size());
    }
    return {100 * found / people_, 100 * right / std::max(1, boxes_in_all)};
  }

  testing::TempFolder folder_;
  std::vector<cv::Mat> pictures_;
  std::vector<std::vector<Box>> truth_;
  int people_ = 0;
};

struct PeopleCase {
  std::string id;
  std::size_t variant;
  int least_found;
  int least_right;
};

TEST_F(Pedestrians, AreFoundByEveryDetectorOfPeople) {
  const std::vector<PeopleCase> cases{{"2", 0, 80, 80}, {"2", 1, 75, 80}, {"4", 0, 75, 75}};
  std::string absent;
  for (const auto& [id, variant, least_found, least_right] : cases) {
    const auto engine = variant_of(*Catalogue::built_in().find(id), variant);
    if (engine == nullptr) {
      absent += " " + id;
      continue;
    }
    const auto [found, right] = score(*engine);
    RecordProperty("algorithm_" + id + "_" + std::to_string(variant),
                   std::to_string(found) + " % found, " + std::to_string(right) + " % right");
    EXPECT_GE(found, least_found) << "algorithm " << id << " variant " << variant;
    EXPECT_GE(right, least_right) << "algorithm " << id << " variant " << variant;
  }
  SKIP_WITHOUT(absent.empty(), "a model of algorithm" + absent);
}

/// Truncated weights of a real network, and a cfg with the weights of another.
TEST(Pictures, BrokenRealModelsAreErrors) {
  const auto models = ModelPath::standard("");
  const auto cfg = models.find("yolo-fastest-1.1_body.cfg");
  const auto weights = models.find("yolo-fastest-1.1_body.weights");
  const auto onnx = models.find("yunet_n_320_320.onnx");
  SKIP_WITHOUT(!cfg.empty() && !weights.empty() && !onnx.empty(), "yolo-fastest-1.1_body or yunet_n_320_320");
  const testing::TempFolder folder;
  const auto make = [&](const std::string& id, const std::vector<std::string>& files) {
    auto algorithm = *Catalogue::built_in().find(id);
    algorithm.variants.erase(algorithm.variants.begin(), algorithm.variants.end() - 1);
    if (id == "2") algorithm.variants = {Catalogue::built_in().find("2")->variants[0]};
    algorithm.variants[0].model = files;
    const auto engine = make_engine(algorithm, models);
    return engine ? std::string("loaded") : engine.error().line();
  };
  ASSERT_EQ(make("2", {cfg, weights}), "loaded");
  ASSERT_EQ(make("5", {onnx}), "loaded");
  const auto weight_bytes = testing::bytes_of(weights);
  EXPECT_THAT(make("2", {cfg, folder.write("a.weights", weight_bytes.substr(0, weight_bytes.size() - 4))}),
              HasSubstr("truncated, or of another network"));
  EXPECT_THAT(make("2", {cfg, cfg}), HasSubstr("has no darknet header"));
  const auto onnx_bytes = testing::bytes_of(onnx);
  for (const std::size_t eighths : {1, 3, 5, 7}) {
    const auto cut = folder.write("a.onnx", onnx_bytes.substr(0, onnx_bytes.size() * eighths / 8));
    EXPECT_THAT(make("5", {cut}), HasSubstr("is no whole ONNX file")) << eighths;
  }
}

}  // namespace
}  // namespace camfleet::vision
