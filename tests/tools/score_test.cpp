#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/run_command.hpp"

namespace camfleet::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

/// People and faces in yards, in rounds and in every frame, motion that owes nothing, and a day of faults.
constexpr const char* yards = R"(name: yards
seed: 3
clock: {from: "2026-03-02T09:00:00+08:00", for: 2h, zone: Asia/Shanghai}
nodes: [{id: hall, acu: 8}]
devices:
  - {id: "yard-{i}", count: 12, source: "synthetic://yard?seed={i}&size=640x360"}
  - {id: hall, source: "synthetic://empty?fps=10&seed=1&size=640x360"}
  - {id: door, source: "rtsp://10.0.0.1/door"}
instances:
  - InstanceName: rounds
    AlgorithmType: REALTIME_STREAM
    Devices: "*"
    Algorithms: [{AlgorithmId: "2", AlgorithmName: people}, {AlgorithmId: "3", AlgorithmName: motion}]
    ScheduleType: EVERYDAY
    ScheduleTimes: [{StartTime: "09:10:00", EndTime: "10:50:00"}]
    IsPolling: true
    SliceExecutionTime: 20
    OverallExecutionTime: 5
    ComputePictureValue: 2
  - InstanceName: frames
    AlgorithmType: REALTIME_STREAM
    Devices: "yard-1*"
    Algorithms: [{AlgorithmId: "1", AlgorithmName: faces}, {AlgorithmId: "4", AlgorithmName: objects}]
    ScheduleType: EVERYDAY
    ScheduleTimes: [{StartTime: "09:20:00", EndTime: "09:20:20"}]
    IsFrameExtraction: "1"
faults:
  - {at: "2026-03-02T09:30:00+08:00", device: "yard-3", kind: disconnect, for: 12min}
  - {draw: 10, from: seed, kinds: [freeze, slow_connect], devices: "yard-*", for: [2s, 60s]}
expect:
  - score.2.yard.90.recall > 0.8
  - score.2.yard.sums.left_out.samples > 0
  - score.2.empty.recall > 0
)";

class Score : public ::testing::Test {
 protected:
  Score() {
    std::string pattern = (fs::temp_directory_path() / "camfleet-score-XXXXXX").string();
    folder = mkdtemp(pattern.data());
  }
  ~Score() override { fs::remove_all(folder); }

  void write(const std::string& name, const std::string& text) const { std::ofstream(folder / name) << text; }
  [[nodiscard]] CommandResult in_folder(std::vector<std::string> arguments) const {
    return camfleet(std::move(arguments), {.folder = folder.string()});
  }
  [[nodiscard]] CommandResult run(const std::string& text, std::vector<std::string> more = {}) const {
    write("s.yaml", text);
    more.insert(more.begin(), {"run", "s.yaml", "--world", "virtual", "--out", "out"});
    return in_folder(std::move(more));
  }

  fs::path folder;
};

std::string without(std::string text, const std::string& from) {
  text.erase(text.find(from));
  return text;
}

TEST_F(Score, OfARunIsThatOfItsRecords) {
  const auto ran = run(yards, {"--json"});
  ASSERT_EQ(ran.exit_code, 1) << ran.err;
  const ordered_json summary = ordered_json::parse(ran.out);
  const auto scored = in_folder({"score", "out", "--json"});
  ASSERT_EQ(scored.exit_code, 0) << scored.err;
  EXPECT_EQ(scored.out, summary["score"].dump(2) + "\n");
  std::vector<std::string> keys;
  for (const auto& [key, value] : summary["score"].items()) keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"2", "4"}))
      << "motion owes nothing, and the yard's truth has no faces";
  const auto& yard = summary["score"]["2"]["yard"];
  // 12 cameras, 20 rounds of 10 samples.
  EXPECT_EQ(yard["sums"]["samples"].get<int>() + yard["sums"]["left_out"]["samples"].get<int>(), 2400);
  EXPECT_EQ(yard["sums"]["left_out"]["findings"], 0);
  EXPECT_GT(yard["stays_seen"].get<int>(), 100);
  std::string held;
  for (const auto& expectation : summary["expectations"]) held += expectation["held"].dump() + " ";
  EXPECT_EQ(held, "true true false ") << "there is nobody in the empty place: the recall is null";
}

TEST_F(Score, IsATableOfTheRunAndOfItsRecords) {
  const auto ran = run(without(yards, "expect:"));
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const auto scored = in_folder({"score", "out"});
  ASSERT_EQ(scored.exit_code, 0) << scored.err;
  EXPECT_NE(ran.out.find("\n" + scored.out), std::string::npos) << ran.out << scored.out;
  EXPECT_EQ(lines_of(scored.out).size(), 5U) << scored.out;
  EXPECT_NE(scored.out.find("not scored: "), std::string::npos) << scored.out;
}

TEST_F(Score, MeasuresATableOfWhatIsSeen) {
  ASSERT_EQ(run(without(yards, "expect:")).exit_code, 0);
  const auto measured = in_folder({"score", "out", "--table"});
  ASSERT_EQ(measured.exit_code, 0) << measured.err;
  const json table = json::parse(measured.out);
  EXPECT_TRUE(table["algorithms"]["2"]["yard"]["recall_per_mille"]["130"].is_number()) << measured.out;
  EXPECT_FALSE(table["algorithms"].contains("1")) << "the truth of a yard has no faces";
}

TEST_F(Score, IsNotThereWhereNothingIsToBeScored) {
  std::string counted = without(yards, "faults:");
  counted.insert(counted.find("clock:"), "samples: counted\n");
  const auto ran = run(counted, {"--json"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_FALSE(json::parse(ran.out).contains("score"));
  const auto scored = in_folder({"score", "out"});
  EXPECT_EQ(scored.exit_code, 2);
  EXPECT_EQ(scored.err,
            "camfleet score: out/cameras.json: there is no such file; a run with synthetic:// cameras writes "
            "it with "
            "--out, unless samples are counted\n");
}

TEST_F(Score, RefusesAnExpectationAboutWhatIsNotFilmed) {
  for (const char* name : {"score.2.lobby.recall", "score.5.yard.recall", "score.2.yard.131.recall"}) {
    const auto ran = run(without(yards, "expect:") + "expect: [\"" + name + " > 0\"]\n");
    EXPECT_EQ(ran.exit_code, 2);
    EXPECT_NE(ran.err.find("expect[0]: '" + std::string(name) + "' is not a number of the summary"),
              std::string::npos)
        << ran.err;
  }
}

TEST_F(Score, AnExpectationAboutWhatHasNoScoreDoesNotHoldAndLosesNoRecords) {
  const auto ran = run(without(yards, "expect:") + "expect: [\"score.1.yard.recall > 0\"]\n", {"--json"});
  EXPECT_EQ(ran.exit_code, 1) << ran.err;
  EXPECT_EQ(json::parse(ran.out)["expectations"][0]["held"], false);
  EXPECT_TRUE(fs::exists(folder / "out" / "summary.json"));
}

TEST_F(Score, OfAFileTakesOneCamera) {
  write("theirs.jsonl", R"({"at":"2026-03-01T10:00:01Z","width":640,"height":360,"boxes":[]})");
  const auto scored =
      in_folder({"score", "theirs.jsonl", "--source", "synthetic://yard?seed=1", "--algorithm", "2"});
  ASSERT_EQ(scored.exit_code, 0) << scored.err;
  EXPECT_NE(scored.out.find("\n2          yard "), std::string::npos) << scored.out;
}

TEST_F(Score, WrongUsageIsOneLine) {
  write("theirs.jsonl", "{}\n");
  fs::create_directory(folder / "none");
  const std::vector<std::pair<std::vector<std::string>, std::string>> table{
      {{"nothing"}, "nothing: there is no such folder or file"},
      {{"none", "--source", "synthetic://yard?seed=1"},
       "--source: is for a file of findings; the records in none say it themselves"},
      {{"theirs.jsonl"},
       "--source: absent; the findings of theirs.jsonl need the URL of their camera, like "
       "synthetic://lobby?seed=7"},
      {{"theirs.jsonl", "--source", "synthetic://yard"},
       "--source: synthetic://yard has no seed, which says what the camera shows when; write seed=N into it"},
      {{"theirs.jsonl", "--source", "synthetic://yard?seed=1", "--algorithm", "2"},
       "theirs.jsonl:1: at: absent; it is required"},
      {{"theirs.jsonl", "--source", "rtsp://a/b"},
       "rtsp://a/b: is no synthetic camera; right would be synthetic://street"},
      {{"none", "--json", "--table"}, "--table: is a document of its own; leave out --json"}};
  for (const auto& [more, line] : table) {
    std::vector<std::string> arguments{"score"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto ran = in_folder(arguments);
    EXPECT_EQ(ran.exit_code, 2) << line;
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(ran.err, "camfleet score: " + line + "\n");
  }
}

}  // namespace
}  // namespace camfleet::testing
