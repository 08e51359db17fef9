#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "simulator/score/line_fields.hpp"
#include "simulator/score/run_records.hpp"
#include "simulator/score/score_document.hpp"

namespace camfleet::testing {
namespace {

namespace fs = std::filesystem;
using namespace camfleet::score;
using nlohmann::json;

constexpr const char* cameras = R"({"devices":{"gate":"synthetic://yard?size=640x360&fps=10&seed=0"},
 "instances":{"n":{"spf":1,"every_frame":false}},
 "algorithms":[{"algorithm":"2","classes":["person"],"scenes":["yard"]}],"faults":[]})";
constexpr const char* row =
    R"({"instance":"n","device":"gate","due_at":"2026-03-01T10:00:00Z","ended_at":"2026-03-01T10:00:05Z",)"
    R"("outcome":"done","algorithms":[{"algorithm":"2","due":5,"analysed":5}]})";
constexpr const char* finding =
    R"({"instance":"n","device":"gate","algorithm":"2","due_at":"2026-03-01T10:00:00Z","at":"2026-03-01T10:00:01Z",)"
    R"("width":640,"height":360,"boxes":[{"label":"person","score":0.5,"x":1,"y":2,"w":3,"h":4}]})";

class Records : public ::testing::Test {
 protected:
  Records() {
    std::string pattern = (fs::temp_directory_path() / "camfleet-score-XXXXXX").string();
    folder = mkdtemp(pattern.data());
    write("cameras.json", cameras);
    write("ledger.jsonl", row);
    write("findings.jsonl", finding);
  }
  ~Records() override { fs::remove_all(folder); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text << '\n';
  }

  /// The one line of the error, without the folder.
  [[nodiscard]] std::string error() const {
    const auto scored = score_records(folder);
    if (scored.has_value()) return "fine";
    const std::string line = scored.error().line();
    const std::string before = folder.string() + "/";
    return line.starts_with(before) ? line.substr(before.size()) : line;
  }

  fs::path folder;
};

std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST_F(Records, AreScored) {
  const auto scorer = score_records(folder);
  ASSERT_TRUE(scorer.has_value()) << scorer.error().line();
  const auto document = document_of(*scorer.value());
  EXPECT_EQ(document["2"]["yard"]["sums"]["samples"], 5);
  EXPECT_EQ(document["2"]["yard"]["0"]["sums"]["false"], 1);
}

TEST_F(Records, PassOverDevicesThatAreNoSyntheticCameras) {
  write("ledger.jsonl", with(row, "gate", "other") + "\n" + row);
  write("findings.jsonl", with(finding, "gate", "other"));
  const auto scorer = score_records(folder);
  ASSERT_TRUE(scorer.has_value()) << scorer.error().line();
  EXPECT_EQ(document_of(*scorer.value())["2"]["yard"]["sums"]["boxes"], 0);
}

TEST_F(Records, ThatAreWrongAreOneLineWithItsPlace) {
  struct Wrong {
    const char* file;
    std::string text;
    const char* line;
  };
  const Wrong table[] = {
      {"cameras.json", "[]", "cameras.json: '[]' is not a JSON object"},
      {"cameras.json", "{", "cameras.json: is not JSON"},
      {"cameras.json", with(cameras, "faults", "defaults"), "cameras.json: faults: absent; it is required"},
      {"cameras.json", with(cameras, "\"person\"", "\"dog\""),
       "cameras.json: algorithms[0]: classes: '\"dog\"' is not person, face, plate or vehicle"},
      {"cameras.json", with(cameras, "\"spf\":1", "\"spf\":0"),
       "cameras.json: instances.n: spf: '0' is not a number from 1 to 3600"},
      {"ledger.jsonl", "nonsense", "ledger.jsonl:1: 'nonsense' is not JSON; each line is one object"},
      {"ledger.jsonl", std::string(row) + "\n\n" + with(row, "\"n\"", "\"m\""),
       "ledger.jsonl:3: instance: 'm' is not in cameras.json"},
      {"ledger.jsonl", with(row, "\"due\":5", "\"due\":-1"),
       "ledger.jsonl:1: algorithms[0]: due: '-1' is not a number from 0 to 4294967295"},
      {"findings.jsonl", with(finding, "\"at\":\"2026-03-01T10:00:01Z\",", ""),
       "findings.jsonl:1: at: absent; it is required"},
      {"findings.jsonl", with(finding, "\"width\":640", "\"width\":0"),
       "findings.jsonl:1: width: '0' is not a number from 1 to 100000"},
      {"findings.jsonl", with(finding, "0.5", "1.5"),
       "findings.jsonl:1: boxes[0]: score: '1.5' is not a number from 0 to 1"},
      {"findings.jsonl", with(finding, "[{", "[7,{"), "findings.jsonl:1: boxes[0]: '7' is not a JSON object"},
      {"findings.jsonl", with(finding, "\"algorithm\":\"2\"", "\"algorithm\":\"9\""),
       "findings.jsonl:1: algorithm: '9' is not in cameras.json"},
      {"findings.jsonl", std::string(JsonLines::max_line + 1, ' '),
       "findings.jsonl:1: the line is longer than 1048576 bytes"}};
  const std::pair<const char*, const char*> files[] = {
      {"cameras.json", cameras}, {"ledger.jsonl", row}, {"findings.jsonl", finding}};
  for (const Wrong& wrong : table) {
    for (const auto& [name, text] : files) write(name, text);
    write(wrong.file, wrong.text);
    EXPECT_EQ(error(), wrong.line);
  }
  for (const auto& [name, text] : files) write(name, text);
  fs::remove(folder / "ledger.jsonl");
  EXPECT_EQ(error(), "ledger.jsonl: there is no such file");
}

TEST_F(Records, OfAForeignProgramAreSamplesLineByLine) {
  const camera::CameraSpec camera{.scene = scene::Scene::yard, .size = {640, 360}, .fps = 10, .gop = 20};
  const auto truth = scene::truth(scene::Scene::yard, 0,
                                  camera::CameraClock(camera).scene_time(Instant(seconds(60))), camera.size);
  const auto seen = std::ranges::find_if(truth, [](const scene::Seen& one) { return one.per_mille >= 500; });
  ASSERT_NE(seen, truth.end());
  const std::string box = R"({"label":"person","score":0.9,"x":)" + std::to_string(seen->box.x) + R"(,"y":)" +
                          std::to_string(seen->box.y) + R"(,"w":)" + std::to_string(seen->box.w) +
                          R"(.2,"h":)" + std::to_string(seen->box.h) + "}";
  const std::string where = R"("width":640,"height":360,"boxes":[)";
  write("theirs.jsonl", R"({"at":"1970-01-01T00:02:00Z",)" + where + "]}\n" +
                            R"({"at":"1970-01-01T00:01:00Z",)" + where + box + "]}\n");
  const auto catalogue = vision::Catalogue::built_in();
  const std::string path = (folder / "theirs.jsonl").string();
  const auto scorer = score_findings(path, camera, catalogue, "2");
  ASSERT_TRUE(scorer.has_value()) << scorer.error().line();
  const auto level = document_of(*scorer.value())["2"]["yard"];
  EXPECT_EQ(level["sums"]["samples"], 2);
  EXPECT_EQ(level["sums"]["found"], 1);
  EXPECT_EQ(level["precision"], 1.0);
  EXPECT_EQ(level["stays_seen"], 1);
  const auto wrong = [&](const char* algorithm) {
    return score_findings(path, camera, catalogue, algorithm)
        .error()
        .line()
        .substr(folder.string().size() + 1);
  };
  EXPECT_EQ(wrong(""), "theirs.jsonl:1: algorithm: absent; give the lines' one with --algorithm");
  EXPECT_EQ(wrong("77"), "theirs.jsonl:1: algorithm: '77' is not in the catalogue");
  EXPECT_EQ(wrong("3"), "theirs.jsonl:1: algorithm: '3' has no label of what scenes show");
  write("theirs.jsonl", "");
  EXPECT_EQ(wrong("2"), "theirs.jsonl: has no line; each line is a sample that was looked at");
}

}  // namespace
}  // namespace camfleet::testing
