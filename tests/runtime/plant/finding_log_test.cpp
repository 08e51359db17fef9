#include "runtime/plant/finding_log.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runtime/plant/problem_log.hpp"
#include "runtime/plant/reason.hpp"
#include "tests/actors/ledger_fixture.hpp"

namespace camfleet::plant {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class FindingLogTest : public ::testing::Test {
 protected:
  FindingLogTest() {
    std::string name = (fs::temp_directory_path() / "finding_log_XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~FindingLogTest() override { fs::remove_all(folder_); }

  static media::Frame grey(std::uint8_t level) {
    media::Frame frame;
    frame.resize(64, 48);
    std::fill(frame.bgr.begin(), frame.bgr.end(), level);
    frame.media_time = milliseconds(2040);
    return frame;
  }
  static Sample sample(std::uint32_t device) {
    Sample sample{};
    sample.device = DeviceIx{device};
    sample.algorithm = 1;
    sample.due_at = parse_iso("2026-03-01T02:00:00Z").value();
    sample.at = sample.frame_at = sample.due_at + seconds(2);
    return sample;
  }
  [[nodiscard]] std::string content(const fs::path& name) const {
    std::ostringstream text;
    text << std::ifstream(folder_ / name, std::ios::binary).rdbuf();
    return text.str();
  }

  fs::path folder_;
  Roster roster_ = testing::two_instances();
};

TEST_F(FindingLogTest, WritesOneLinePerSample) {
  auto log = FindingLog::make(roster_, folder_).value();
  log.add(sample(0), grey(40), {{"person", 0.91251F, 1, 2, 30, 40}, {"dog", 0.5F, 0, 0, 10, 10}});
  Sample late = sample(1);
  late.frame_at += milliseconds(40);
  log.add(late, grey(40), {{"person", 1, 0, 0, 64, 48}});
  ASSERT_TRUE(log.finish().has_value());
  std::istringstream lines(content("findings.jsonl"));
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(json::parse(line), json::parse(R"({"instance":"first","device":"cam-0","algorithm":"person",
      "due_at":"2026-03-01T02:00:00Z","at":"2026-03-01T02:00:02Z","media_s":2.04,"width":64,"height":48,"boxes":[
      {"label":"person","score":0.913,"x":1,"y":2,"w":30,"h":40},{"label":"dog","score":0.5,"x":0,"y":0,"w":10,"h":10}]})"));
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(json::parse(line)["device"], "cam-1");
  EXPECT_EQ(json::parse(line)["at"], "2026-03-01T02:00:02Z");
  EXPECT_EQ(json::parse(line)["frame_at"], "2026-03-01T02:00:02.040Z");
  EXPECT_FALSE(std::getline(lines, line));
  EXPECT_EQ(log.total().samples, 2U);
  EXPECT_EQ(log.total().boxes, 3U);
  EXPECT_EQ(log.of(InstanceIx{0}, DeviceIx{0}).boxes, 2U);
  EXPECT_EQ(log.of(InstanceIx{1}, DeviceIx{0}).samples, 0U);
}

TEST_F(FindingLogTest, CountsByAlgorithmAndLabel) {
  auto log = FindingLog::make(roster_, "").value();
  log.add(sample(0), grey(40),
          {{"person", 0.9F, 1, 2, 30, 40}, {"dog", 0.5F, 0, 0, 9, 9}, {"person", 0.4F, 2, 2, 9, 9}});
  log.add(sample(1), grey(40), {{"dog", 0.8F, 0, 0, 64, 48}});
  Sample of_face = sample(1);
  of_face.algorithm = 0;
  log.add(of_face, grey(40), {{"face", 0.8F, 0, 0, 64, 48}});
  const AlgorithmFindings persons = log.of(AlgorithmIx{1});
  EXPECT_EQ(persons.all.samples, 2U);
  EXPECT_EQ(persons.all.boxes, 4U);
  ASSERT_EQ(persons.labels.size(), 2U);
  EXPECT_EQ(persons.labels.at("person").samples, 1U);
  EXPECT_EQ(persons.labels.at("person").boxes, 2U);
  EXPECT_EQ(persons.labels.at("dog").samples, 2U);
  EXPECT_EQ(log.of(AlgorithmIx{0}).labels.at("face").boxes, 1U);
}

TEST_F(FindingLogTest, TheFingerprintIsOfWhatWasFoundInWhateverOrder) {
  const std::vector<vision::Box> one{{"person", 0.9F, 1, 2, 30, 40}};
  const std::vector<vision::Box> moved{{"person", 0.9F, 1, 3, 30, 40}};
  const auto print = [&](const std::vector<vision::Box>& boxes, std::uint32_t first, std::uint32_t then,
                         const fs::path& folder = {}) {
    auto log = FindingLog::make(roster_, folder).value();
    for (const std::uint32_t device : {first, then}) log.add(sample(device), grey(40), boxes);
    return log.fingerprint();
  };
  EXPECT_EQ(print(one, 0, 1), print(one, 1, 0));
  EXPECT_EQ(print(one, 0, 1), print(one, 0, 1, folder_)) << "with records or without";
  EXPECT_NE(print(one, 0, 1), print(moved, 0, 1));
  EXPECT_NE(print(one, 0, 1), print(one, 0, 2));
  EXPECT_EQ(FindingLog::make(roster_, "").value().fingerprint(), "0000000000000000");
}

TEST_F(FindingLogTest, KeepsThePictureOfTheBestFinding) {
  auto log = FindingLog::make(roster_, folder_).value();
  const auto picture = [&] { return content("pictures/cam-0.jpg"); };
  log.add(sample(0), grey(40), {{"person", 0.7F, 1, 2, 30, 40}});
  const auto first = picture();
  ASSERT_TRUE(first.starts_with("\xFF\xD8"));
  log.add(sample(0), grey(200), {{"person", 0.6F, 1, 2, 30, 40}});
  EXPECT_EQ(picture(), first) << "a worse one takes no place";
  log.add(sample(0), grey(200), {{"person", 0.8F, 1, 2, 30, 40}});
  EXPECT_NE(picture(), first);
  ASSERT_TRUE(log.finish().has_value());
}

TEST_F(FindingLogTest, PicturesOfAnEarlierRunGo) {
  fs::create_directories(folder_ / "pictures");
  std::ofstream(folder_ / "pictures/cam-0.jpg") << "old";
  std::ofstream(folder_ / "pictures/mine.jpg") << "not ours";
  ASSERT_TRUE(FindingLog::make(roster_, folder_).value().finish().has_value());
  EXPECT_FALSE(fs::exists(folder_ / "pictures/cam-0.jpg"));
  EXPECT_TRUE(fs::exists(folder_ / "pictures/mine.jpg"));
}

TEST_F(FindingLogTest, NothingOfAnEarlierRunStays) {
  fs::create_directories(folder_ / "pictures");
  for (const char* name :
       {"summary.json", "ledger.jsonl", "mine.txt", "pictures/gone%2Fcam.jpg", "pictures/mine.jpg"})
    std::ofstream(folder_ / name) << "old";
  std::ofstream(folder_ / "findings.jsonl")
      << R"({"instance":"a,\"device\":","device":"gone/cam","algorithm":"1","boxes":[]})"
      << "\ndamage\n"
      << R"({"instance":"x","device":"../../escape","algorithm":"1"})";
  ASSERT_TRUE(FindingLog::make(roster_, folder_).value().finish().has_value());
  for (const char* name : {"summary.json", "ledger.jsonl", "pictures/gone%2Fcam.jpg"})
    EXPECT_FALSE(fs::exists(folder_ / name)) << name;
  EXPECT_EQ(content("findings.jsonl"), "");
  // What no record tells of is not ours: the folder may hold the very pictures that are looked at.
  EXPECT_TRUE(fs::exists(folder_ / "pictures/mine.jpg"));
  EXPECT_TRUE(fs::exists(folder_ / "mine.txt"));
}

TEST_F(FindingLogTest, ARunThatIsKilledLeavesNoPictureThatNoLineTellsOf) {
  auto log = FindingLog::make(roster_, folder_).value();
  log.add(sample(0), grey(40), {{"person", 0.7F, 1, 2, 30, 40}});
  ASSERT_TRUE(fs::exists(folder_ / "pictures/cam-0.jpg"));
  EXPECT_NE(content("findings.jsonl").find("cam-0"), std::string::npos);
}

TEST_F(FindingLogTest, AFindingOfASetOfPicturesNamesItsFile) {
  auto log = FindingLog::make(roster_, folder_).value();
  media::Frame frame = grey(40);
  frame.file = "M\xC3\xA4rz \"2\" \xFF.jpg";
  log.add(sample(0), frame, {{"person", 0.7F, 1, 2, 30, 40}});
  ASSERT_TRUE(log.finish().has_value());
  const json line = json::parse(content("findings.jsonl"), nullptr, false);
  ASSERT_TRUE(line.is_object()) << "a name that is no UTF-8 must not break the line";
  ASSERT_TRUE(line.contains("file"));
  EXPECT_EQ(line["file"], "M\xC3\xA4rz \"2\" \xEF\xBF\xBD.jpg");
}

TEST(ProblemLog, SaysOnceWhatStaysAsItIs) {
  int heard = 0;
  ProblemLog problems([&](const Error&, const ProblemSubject&) { ++heard; });
  for (int i = 0; i < 3; ++i) problems.add_once({Errc::unsupported, "a", "x"});
  problems.add_once({Errc::unsupported, "b", "x"});
  EXPECT_EQ(heard, 2);
  EXPECT_EQ(problems.counts(), (std::map<std::string, std::uint64_t>{{"a: x", 1}, {"b: x", 1}}));
}

TEST(ReasonOf, AFileThatMayNotBeReadIsOutOfReachAndNotDamaged) {
  EXPECT_EQ(reason_of({Errc::forbidden, "", ""}), Reason::camera_offline);
  EXPECT_EQ(reason_of({Errc::not_found, "", ""}), Reason::camera_offline);
  EXPECT_EQ(reason_of({Errc::corrupt, "", ""}), Reason::stream_corrupt);
}

TEST_F(FindingLogTest, WithoutAFolderItCounts) {
  auto log = FindingLog::make(roster_, "").value();
  log.add(sample(0), grey(40), {{"person", 0.7F, 1, 2, 30, 40}});
  EXPECT_TRUE(log.finish().has_value());
  EXPECT_EQ(log.total().samples, 1U);
}

TEST_F(FindingLogTest, AFolderThatCannotBeMadeIsNamed) {
  std::ofstream(folder_ / "file") << "x";
  const auto log = FindingLog::make(roster_, folder_ / "file/out");
  ASSERT_FALSE(log.has_value());
  EXPECT_EQ(log.error().line(),
            (folder_ / "file/out").string() + ": cannot be written; give a folder that can, with --out");
}

TEST(FileNameOf, KeepsPlainCharactersAndEscapesTheRest) {
  EXPECT_EQ(file_name_of("Gate-1_b.x"), "Gate-1_b.x");
  EXPECT_EQ(file_name_of("../a b"), "%2E.%2Fa%20b");
  EXPECT_EQ(file_name_of("门"), "%E9%97%A8");
  const std::string long_id(128, '/');
  EXPECT_LE(file_name_of(long_id).size(), 240U);
  EXPECT_NE(file_name_of(long_id), file_name_of(std::string(127, '/') + "a"));
}

}  // namespace
}  // namespace camfleet::plant
