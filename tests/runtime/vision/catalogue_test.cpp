#include "runtime/vision/catalogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/vision/support.hpp"

namespace camfleet::vision {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A right file, one field a line; each case below replaces one part of it.
const std::string right_file = R"(algorithms:
  - id: face
    name: {zh: 人脸, en: Faces}
    kind: detector
    variants:
      - engine: onnx
        model: [face.onnx]
        input:
          size: 320x240
          fit: letterbox
          channels: RGB
          scale: 1/128
          mean: [127, 126, 125]
        output: boxes_scores
        labels: ["", face]
        score_threshold: 0.7
        nms_threshold: 0.3
        cost: 0.008
        download:
          - file: face.onnx
            url: https://example.org/face.onnx
            sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
)";

std::string with(const std::string& part, const std::string& other) {
  auto text = right_file;
  const auto at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return text.replace(at, part.size(), other);
}

TEST(Catalogue, ReadsEveryField) {
  const auto catalogue = Catalogue::parse(right_file, "my.yaml");
  ASSERT_TRUE(catalogue.has_value()) << catalogue.error().line();
  const auto* algorithm = catalogue.value().find("face");
  ASSERT_NE(algorithm, nullptr);
  EXPECT_EQ(algorithm->name_zh, "人脸");
  EXPECT_EQ(algorithm->name_en, "Faces");
  EXPECT_EQ(algorithm->kind, "detector");
  ASSERT_EQ(algorithm->variants.size(), 1U);
  const auto& variant = algorithm->variants[0];
  EXPECT_EQ(variant.engine, "onnx");
  EXPECT_THAT(variant.model, ElementsAre("face.onnx"));
  EXPECT_EQ(variant.layout, "boxes_scores");
  EXPECT_EQ(variant.input.at("mean"), "127,126,125");
  EXPECT_EQ(variant.input.at("scale"), "1/128");
  EXPECT_THAT(variant.labels, ElementsAre("", "face"));
  EXPECT_FLOAT_EQ(variant.score_threshold, 0.7F);
  EXPECT_FLOAT_EQ(variant.nms_threshold, 0.3F);
  EXPECT_DOUBLE_EQ(variant.cost_core_seconds, 0.008);
  ASSERT_EQ(variant.download.size(), 1U);
  EXPECT_EQ(variant.download[0].url, "https://example.org/face.onnx");
}

TEST(Catalogue, BuiltInHasTheFiveAlgorithms) {
  const auto catalogue = Catalogue::built_in();
  std::vector<std::string> ids;
  for (const auto& algorithm : catalogue.all()) ids.push_back(algorithm.id + " " + algorithm.name_zh);
  EXPECT_THAT(ids, ElementsAre("1 人脸算法", "2 人体算法", "3 移动侦测", "4 目标检测", "5 人脸检测(YuNet)"));
  EXPECT_EQ(catalogue.find("4")->variants.at(0).labels.size(), 80U);
  EXPECT_EQ(catalogue.find("6"), nullptr);
  for (const auto& algorithm : catalogue.all()) {
    for (const auto& variant : algorithm.variants) EXPECT_GT(variant.cost_core_seconds, 0) << algorithm.id;
  }
}

struct WrongCase {
  std::string part;
  std::string other;
  std::string line;
};

TEST(Catalogue, WrongFieldsAreNamedWithTheirLine) {
  const std::string variant = "algorithms[0].variants[0].";
  const std::vector<WrongCase> cases{
      {"id: face", "id: a b",
       "my.yaml:2: algorithms[0].id: \"a b\" is wrong; it is made of letters, digits, '.', '_' and '-'"},
      {"id: face", "id: ''",
       "my.yaml:2: algorithms[0].id: \"\" is wrong; it is a text of 1 to 64 bytes without control "
       "characters"},
      {"id: face", "id: [1]", "my.yaml:2: algorithms[0].id: is a list; it is a text of 1 to 64 bytes"},
      {"id: face\n    name", "name", "my.yaml:2: algorithms[0].id: is absent; it is a text of 1 to 64 bytes"},
      {"{zh: 人脸, en: Faces}", "Faces",
       "my.yaml:3: algorithms[0].name: is a single value; it is a mapping with zh, en"},
      {"zh: 人脸, ", "", "my.yaml:3: algorithms[0].name.zh: is absent; it is a text of 1 to 128 bytes"},
      {"name: {zh: 人脸, en: Faces}\n", "\n",
       "my.yaml:2: algorithms[0].name: is absent; it is a mapping with zh, en"},
      {"kind: detector", "kind: tracker",
       "my.yaml:4: algorithms[0].kind: \"tracker\" is no kind; kinds are detector, motion"},
      {"kind: detector", "kind: motion",
       "my.yaml:4: algorithms[0].kind: \"motion\" does not fit engine \"onnx\"; kind motion and engine "
       "motion go together"},
      {"kind: detector", "kind: detector\n    colour: red",
       "my.yaml:5: algorithms[0]: unknown key \"colour\"; allowed are id, name, kind, variants"},
      {"kind: detector", "kind: detector\n    kind: detector",
       "my.yaml:5: 'kind' is given twice; give it once"},
      {"engine: onnx", "engine: tensorrt",
       "my.yaml:6: " + variant +
           "engine: \"tensorrt\" is no engine; engines are cascade, darknet, hog, motion, onnx"},
      {"- engine: onnx\n        model", "- model",
       "my.yaml:6: " + variant + "engine: is absent; it is a text of 1 to 64 bytes"},
      {"[face.onnx]", "face.onnx",
       "my.yaml:7: " + variant + "model: is a single value; it is a list of 1 entry"},
      {"[face.onnx]", "[face.xml]",
       "my.yaml:7: " + variant +
           "model: \"face.xml\" is wrong; engine onnx takes a file whose name ends in .onnx"},
      {"[face.onnx]", "[a.onnx, b.onnx]", "my.yaml:7: " + variant + "model: has 2; it is a list of 1 entry"},
      {"size: 320x240", "size: 320",
       "my.yaml:9: " + variant +
           "input.size: \"320\" is wrong; right would be WIDTHxHEIGHT, each from 8 to 2048, such as 320x240"},
      {"size: 320x240", "size: 4x4096",
       "my.yaml:9: " + variant +
           "input.size: \"4x4096\" is wrong; right would be WIDTHxHEIGHT, each from 8 to 2048, such as "
           "320x240"},
      {"          size: 320x240\n", "",
       "my.yaml:9: " + variant +
           "input.size: is absent; it is WIDTHxHEIGHT, each from 8 to 2048, such as 320x240"},
      {"fit: letterbox", "fit: crop",
       "my.yaml:10: " + variant + "input.fit: \"crop\" is wrong; right would be letterbox or stretch"},
      {"channels: RGB", "channels: rgb",
       "my.yaml:11: " + variant + "input.channels: \"rgb\" is wrong; right would be RGB or BGR"},
      {"fit: letterbox", "step: 2",
       "my.yaml:10: " + variant +
           "input.step: no such field here; allowed are size, fit, pad, channels, layout, scale, mean"},
      {"scale: 1/128", "scale: 1/0",
       "my.yaml:12: " + variant +
           "input.scale: \"1/0\" is wrong; right would be one number or three, such as 1/255 or [0.5, 0.5, "
           "0.5]"},
      {"[127, 126, 125]", "[127, 126]",
       "my.yaml:13: " + variant +
           "input.mean: \"127,126\" is wrong; right would be one number or three, such as 1/255 or [0.5, "
           "0.5, 0.5]"},
      {"output: boxes_scores", "output: yolov9",
       "my.yaml:14: " + variant +
           "output: \"yolov9\" is no output layout; layouts are blazeface, boxes_scores, darknet, yolov5, "
           "yolov8, yunet"},
      {"[\"\", face]", "[]", "my.yaml:15: " + variant + "labels: has 0; it is a list of 1 to 10000 entries"},
      {"[\"\", face]", "[\"\"]",
       "my.yaml:15: " + variant + "labels: are all empty; an empty label is a class that is not reported"},
      {"[\"\", face]", "[a, {b: c}]",
       "my.yaml:15: " + variant +
           "labels[1]: is a mapping; it is a text of at most 256 bytes without control characters"},
      {"score_threshold: 0.7", "score_threshold: 70",
       "my.yaml:16: " + variant + "score_threshold: \"70\" is wrong; it is a number from 0 to 1"},
      {"nms_threshold: 0.3", "nms_threshold: nan",
       "my.yaml:17: " + variant + "nms_threshold: \"nan\" is wrong; it is a number from 0 to 1"},
      {"cost: 0.008", "cost: -1",
       "my.yaml:18: " + variant + "cost: \"-1\" is wrong; it is a number from 0 to 3600"},
      {"        cost: 0.008\n", "",
       "my.yaml:6: " + variant + "cost: is absent; it is a number from 0 to 3600"},
      {"cost: 0.008", "cost: 1\n        price: 2",
       "my.yaml:19: algorithms[0].variants[0]: unknown key \"price\"; allowed are engine, model, input, "
       "output, labels, "
       "score_threshold, nms_threshold, cost, download"},
      {"file: face.onnx", "file: other.onnx",
       "my.yaml:20: " + variant + "download[0].file: \"other.onnx\" is no file of this variant's model"},
      {"https://", "ftp://",
       "my.yaml:21: " + variant +
           "download[0].url: \"ftp://example.org/face.onnx\" is wrong; it begins with https:// or http://"},
      {"            url: https://example.org/face.onnx\n", "",
       "my.yaml:20: " + variant +
           "download[0].url: either url, or npm with path, says where the file comes from"},
      {"sha256: 0", "sha256: G",
       "my.yaml:22: " + variant +
           "download[0].sha256: \"G123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\" is "
           "wrong; it is 64 digits of 0-9 and a-f"},
  };
  for (const auto& [part, other, line] : cases) {
    const auto catalogue = Catalogue::parse(with(part, other), "my.yaml");
    ASSERT_FALSE(catalogue.has_value()) << line;
    EXPECT_EQ(catalogue.error().line(), line);
  }
}

TEST(Catalogue, EnginesHaveFieldsOfTheirOwn) {
  const auto variant_of = [](const std::string& fields) {
    return "algorithms: [{id: a, name: {zh: a, en: a}, kind: detector, variants: [{" + fields + "}]}]";
  };
  const std::vector<std::pair<std::string, std::string>> cases{
      {"engine: hog, labels: [a], cost: 1", ""},
      {"engine: hog, labels: [a], cost: 1, scale: 1.6, input: {step: 1.05}", ""},
      {"engine: hog, labels: [a], cost: 1, model: [a.onnx]",
       "unknown key \"model\"; allowed are engine, input, scale"},
      {"engine: hog, labels: [a, b], cost: 1", "labels: has 2; it is a list of 1 entry"},
      {"engine: hog, labels: [a], cost: 1, input: {neighbours: 4}",
       "input.neighbours: no such field here; allowed are max_width, step, hit_threshold"},
      {"engine: cascade, model: [a.xml], labels: [a], cost: 1, input: {neighbours: 4}", ""},
      {"engine: cascade, model: [a.xml], labels: [a], cost: 1, input: {step: 1}",
       "input.step: \"1\" is wrong; right would be a number from 1.01 to 2"},
      {"engine: darknet, model: [a.weights, a.cfg], labels: [a], cost: 1",
       "model: \"a.weights\" is wrong; engine darknet takes a file whose name ends in .cfg at place 1"},
      {"engine: onnx, model: [a.onnx], labels: [a], cost: 1, output: yunet", "input.size: is absent"},
      {"engine: onnx, model: [a.onnx], labels: [a], cost: 1, output: yunet, input: 3",
       "input: is a single value; it is a mapping"},
      {"engine: motion, labels: [a], cost: 1", "kind: \"detector\" does not fit engine \"motion\""},
  };
  for (const auto& [fields, message] : cases) {
    const auto catalogue = Catalogue::parse(variant_of(fields), "my.yaml");
    EXPECT_EQ(catalogue.has_value(), message.empty()) << fields;
    if (!catalogue) {
      EXPECT_THAT(catalogue.error().line(), HasSubstr(message));
    }
  }
}

TEST(Catalogue, WhatIsNoCatalogueIsRefused) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "my.yaml:1: the file: is empty; it is a mapping with algorithms"},
      {"a: [", "my.yaml:1: not YAML: "},
      {"algorithms:\n  - {id: face", "my.yaml:2: not YAML: "},
      {"just words", "my.yaml:1: the file: is a single value; it is a mapping with algorithms"},
      {"algorithms: []", "my.yaml:1: algorithms: has 0; it is a list of 1 to 256 entries"},
      {"algorithms: 3", "my.yaml:1: algorithms: is a single value; it is a list of 1 to 256 entries"},
      {"algorithms: [3]",
       "my.yaml:1: algorithms[0]: is a single value; it is a mapping with id, name, kind, variants"},
      {"algorithm: []", "my.yaml:1: the file: unknown key \"algorithm\"; allowed are algorithms"},
      {right_file + "---\n" + right_file, ": more than one document; write a single one"},
      {right_file + right_file.substr(right_file.find('\n') + 1),
       "my.yaml:23: algorithms[1].id: \"face\" is given twice; each algorithm has an id of its own"},
      {std::string(5000, '['), "more than 32 lists and mappings in each other"},
      {std::string(2 << 20, '#'), "my.yaml: 2097152 bytes; at most 1048576"},
  };
  for (const auto& [text, message] : cases) {
    const auto catalogue = Catalogue::parse(text, "my.yaml");
    ASSERT_FALSE(catalogue.has_value()) << message;
    EXPECT_THAT(catalogue.error().line(), HasSubstr(message));
  }
}

std::string motion_algorithm(const std::string& id, int variants = 1, int labels = 1) {
  std::string text = "  - {id: '" + id + "', name: {zh: a, en: a}, kind: motion, variants: [";
  for (int v = 0; v < variants; ++v) {
    text += "{engine: motion, cost: 1, labels: [";
    for (int l = 0; l < labels; ++l) text += "a,";
    text += "]},";
  }
  return text + "]}\n";
}

TEST(Catalogue, HasLimits) {
  std::string many = "algorithms:\n";
  for (int i = 0; i < 256; ++i) many += motion_algorithm(std::to_string(i));
  EXPECT_TRUE(Catalogue::parse(many, "my.yaml").has_value());
  const auto one_more = Catalogue::parse(many + motion_algorithm("256"), "my.yaml");
  ASSERT_FALSE(one_more.has_value());
  EXPECT_EQ(one_more.error().code, Errc::limit);
  EXPECT_THAT(one_more.error().line(), HasSubstr("algorithms: has 257; it is a list of 1 to 256 entries"));
  EXPECT_TRUE(Catalogue::parse("algorithms:\n" + motion_algorithm("a", 8), "my.yaml").has_value());
  EXPECT_EQ(Catalogue::parse("algorithms:\n" + motion_algorithm("a", 9), "my.yaml").error().what,
            "has 9; it is a list of 1 to 8 entries");
  std::string labels = "[a";
  for (int i = 1; i < 10'001; ++i) labels += ",a";
  const auto labelled = Catalogue::parse(with("[\"\", face]", labels + "]"), "my.yaml");
  ASSERT_FALSE(labelled.has_value());
  EXPECT_THAT(labelled.error().line(), HasSubstr("labels: has 10001; it is a list of 1 to 10000 entries"));
}

TEST(Catalogue, MergeAddsAndReplaces) {
  const testing::TempFolder folder;
  auto catalogue = Catalogue::built_in();
  const auto path =
      folder.write("mine.yaml", "algorithms:\n" + motion_algorithm("9") + motion_algorithm("1"));
  ASSERT_TRUE(catalogue.merge_file(path).has_value());
  EXPECT_EQ(catalogue.all().size(), 6U);
  EXPECT_EQ(catalogue.find("1")->kind, "motion");
  EXPECT_NE(catalogue.find("9"), nullptr);
}

TEST(Catalogue, AWrongFileLeavesTheCatalogueAsItWas) {
  const testing::TempFolder folder;
  auto catalogue = Catalogue::built_in();
  std::string many = "algorithms:\n";
  for (int i = 10; i < 262; ++i) many += motion_algorithm(std::to_string(i));
  const std::vector<std::pair<std::string, std::string>> cases{
      {folder.path() + "/absent.yaml",
       "absent.yaml: no such file; give the path of a catalogue of algorithms"},
      {folder.path(), "not a regular file; give the path of a catalogue"},
      {folder.write("wrong.yaml", "algorithms: 1"), "wrong.yaml:1: algorithms: is a single value"},
      {folder.write("many.yaml", many), "many.yaml: makes 257 algorithms; at most 256"},
      {folder.write("large.yaml", std::string(2 << 20, '#')), "large.yaml: 2097152 bytes; at most 1048576"},
  };
  for (const auto& [path, message] : cases) {
    const auto merged = catalogue.merge_file(path);
    ASSERT_FALSE(merged.has_value()) << path;
    EXPECT_THAT(merged.error().line(), HasSubstr(message));
    EXPECT_EQ(catalogue.all().size(), 5U);
  }
}

}  // namespace
}  // namespace camfleet::vision
