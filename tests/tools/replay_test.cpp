#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/run_command.hpp"

namespace camfleet::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path opencv_data = "/usr/share/doc/opencv-doc/examples/data";

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class Replay : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "camfleet-replay-XXXXXX").string();
    folder = mkdtemp(pattern.data());
  }
  void TearDown() override { fs::remove_all(folder); }

  /// A two-second clip, 160×120 at 10 fps, with a moving picture.
  fs::path clip() {
    fs::path path = folder / "clip.mp4";
    const auto made =
        run_command({"ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10:duration=2",
                     "-pix_fmt", "yuv420p", path.string()});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    return path;
  }

  CommandResult replay(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "replay");
    return camfleet(std::move(arguments), {.folder = folder.string()});
  }

  fs::path folder;
};

TEST_F(Replay, WritesNotOverItsSources) {
  const fs::path pictures = folder / "out" / "pictures";
  fs::create_directories(pictures);
  fs::copy_file(clip(), pictures / "clip.mp4");
  const std::string before = text_of(pictures / "clip.mp4");
  for (const fs::path& source : {pictures, pictures / "clip.mp4"}) {
    const auto run = replay({source.string(), "--algorithm", "3", "--spf", "1", "--out", "out"});
    EXPECT_EQ(run.exit_code, 2) << run.err;
    EXPECT_NE(run.err.find("give another folder"), std::string::npos) << run.err;
  }
  EXPECT_EQ(text_of(pictures / "clip.mp4"), before);
  EXPECT_FALSE(fs::exists(folder / "out" / "findings.jsonl"));
}

TEST_F(Replay, TwiceGivesTheSameBytes) {
  const std::string path = clip().string();
  for (const char* out : {"a", "b"}) {
    const auto run =
        replay({path, "--algorithm", "3", "--spf", "1", "--every-frame", "--out", out, "--json"});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const json summary = json::parse(run.out);
    EXPECT_EQ(summary["samples"]["due"], 20) << summary;
    EXPECT_EQ(summary["slices"]["done"], 1);
  }
  EXPECT_FALSE(text_of(folder / "a/findings.jsonl").empty());
  EXPECT_EQ(text_of(folder / "a/ledger.jsonl"), text_of(folder / "b/ledger.jsonl"));
  EXPECT_EQ(text_of(folder / "a/findings.jsonl"), text_of(folder / "b/findings.jsonl"));
  EXPECT_TRUE(fs::exists(folder / "a/pictures/clip.mp4.jpg"));
}

TEST_F(Replay, WhatWasFoundHasAFingerprintAndRowsOfItsOwn) {
  const std::string clip = (opencv_data / "vtest.avi").string();
  if (!fs::exists(clip)) GTEST_SKIP() << "no opencv-doc";
  const std::string start = (folder / "start.avi").string();
  ASSERT_EQ(run_command({"ffmpeg", "-v", "error", "-t", "5", "-i", clip, "-c", "copy", start}).exit_code, 0);
  const auto summary_of = [&](const std::vector<std::string>& algorithms) {
    std::vector<std::string> arguments{start, "--json"};
    for (const std::string& id : algorithms) arguments.insert(arguments.end(), {"--algorithm", id});
    const auto run = replay(std::move(arguments));
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return json::parse(run.out);
  };
  const json one = summary_of({"3"});
  const json again = summary_of({"3"});
  const json two = summary_of({"2", "3"});
  ASSERT_TRUE(one["findings_fingerprint"].is_string()) << one;
  EXPECT_EQ(one["findings_fingerprint"], again["findings_fingerprint"]);
  EXPECT_NE(one["findings_fingerprint"], two["findings_fingerprint"]);
  EXPECT_NE(one["findings_fingerprint"], summary_of({"2"})["findings_fingerprint"]);
  EXPECT_FALSE(one.contains("delay_s")) << "time stands still while it works";
  ASSERT_EQ(two["algorithms"].size(), 2U);
  EXPECT_EQ(two["algorithms"][1]["findings"], one["findings"]);
  EXPECT_EQ(two["algorithms"][0]["findings"].get<int>() + two["algorithms"][1]["findings"].get<int>(),
            two["findings"]);
  for (const json& algorithm : two["algorithms"]) EXPECT_EQ(algorithm["samples"]["due"], 5) << two;
  EXPECT_EQ(two["samples"]["due"], 10);
  EXPECT_GE(two["algorithms"][0]["labels"]["person"]["boxes"], two["algorithms"][0]["findings"]) << two;
}

TEST_F(Replay, FollowsASchedule) {
  const auto run = replay({clip().string(), "--algorithm", "3", "--type", "EVERYDAY", "--zone", "UTC",
                           "--times", R"([{"StartTime":"10:00:00","EndTime":"10:02:00"}])", "--slice", "1",
                           "--every", "1", "--for", "2d", "--out", "out", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json summary = json::parse(run.out);
  // Two rounds a day; in the second the clip of two seconds is over.
  EXPECT_EQ(summary["slices"], json::parse(R"({"due":4,"done":2,"partial":0,"missed":2,"skipped":0})"));
  EXPECT_EQ(summary["samples"]["dropped"], json::parse(R"({"source_ended":2})"));
}

TEST_F(Replay, BadMediaEndInTheLedgerWithTheirReason) {
  std::ofstream(folder / "text.mp4") << "this is not a film\n";
  std::ofstream(folder / "empty.mp4") << "";
  fs::create_directory(folder / "album");
  std::ofstream(folder / "album/text.jpg") << "this is not a picture\n";
  ASSERT_EQ(run_command({"mkfifo", (folder / "fifo.mp4").string()}).exit_code, 0);
  for (const char* name : {"text.mp4", "empty.mp4", "fifo.mp4", "album"}) {
    const auto run = replay({name, "--algorithm", "3", "--json"});
    EXPECT_EQ(run.exit_code, 3) << name;
    const json summary = json::parse(run.out);
    EXPECT_EQ(summary["slices"]["missed"], 1) << name << summary;
    EXPECT_EQ(summary["samples"]["dropped"], json::parse(R"({"stream_corrupt":1})")) << name;
    EXPECT_NE(run.err.find(name), std::string::npos) << "the message should name " << name << ": " << run.err;
  }
}

TEST_F(Replay, WrongInputIsOneLine) {
  const std::string path = clip().string();
  const auto refused = [&](std::vector<std::string> arguments, const std::string& line) {
    const auto run = replay(std::move(arguments));
    EXPECT_EQ(run.exit_code, 2) << line;
    EXPECT_EQ(run.out, "");
    EXPECT_NE(run.err.find(line), std::string::npos) << run.err;
    EXPECT_EQ(lines_of(run.err).size(), 1U) << run.err;
  };
  refused({"nothing.mp4", "--algorithm", "3"}, "nothing.mp4: no such file or folder");
  refused({path, "--algorithm", "99"}, "'99' is not in the catalogue; known: 1, 2, 3, 4, 5");
  refused({path, "--algorithm", "3", "--spf", "0"},
          "--spf: '0' is not allowed; write whole seconds per frame from 1 to 3600");
  refused({path, "--algorithm", "3", "--type", "WEEKLY"},
          "--type: 'WEEKLY' is not one of EVERYDAY, ONCE, EVERY_WEEK, EVERY_MONTH");
  refused({path, "--algorithm", "3", "--slice", "5"}, "--every: absent; it is required");
  refused({"rtsp://u:secret@camera/1", "--algorithm", "3"}, "rtsp://u:***@camera/1 cannot be replayed");
}

TEST_F(Replay, AFolderOfClipsIsItsClips) {
  const fs::path film = clip();
  fs::create_directory(folder / "day");
  for (const char* name : {"10.mp4", "2.mp4"}) fs::copy(film, folder / "day" / name);
  std::ofstream(folder / "day/index.txt") << "2, 10";
  std::ofstream(folder / "day/thumb.jpg") << "no matter";
  for (const std::string& argument :
       {std::string("day"), std::string("day/"), "file://" + (folder / "day").string()}) {
    const auto run = replay({argument, "--algorithm", "3"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_NE(run.err.find("day: 2 files are passed over (1 .jpg, 1 .txt); pictures:///"), std::string::npos)
        << run.err;
    const auto first = run.out.find(" 2.mp4 ");
    const auto second = run.out.find(" 10.mp4 ");
    EXPECT_TRUE(first < second && second != std::string::npos) << run.out;
  }
}

TEST_F(Replay, AFolderOfPicturesSaysWhatItPassesOverAndItsFindingsNameTheirFiles) {
  fs::create_directory(folder / "album");
  int hue = 0;
  for (const char* name : {"1.jfif", "2.jpg", "10.jpe"}) {
    const std::string source = "testsrc2=size=160x120:rate=1:duration=1,hue=h=" + std::to_string(hue += 90);
    const auto made =
        run_command({"ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-frames:v", "1", "-f", "image2",
                     "-c:v", "mjpeg", "-pix_fmt", "yuvj444p", (folder / "album" / name).string()});
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
  std::ofstream(folder / "album/Thumbs.db") << "x";
  const auto run = replay({"album", "--algorithm", "3", "--out", "out"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.err.find("/album: 1 file is passed over (1 .db)"), std::string::npos) << run.err;
  std::vector<std::string> files;
  for (const std::string& line : lines_of(text_of(folder / "out/findings.jsonl")))
    files.push_back(json::parse(line)["file"]);
  EXPECT_EQ(files, (std::vector<std::string>{"2.jpg", "10.jpe"})) << "what changed since the picture before";
}

TEST_F(Replay, AnEmptyFolderIsOneLine) {
  fs::create_directory(folder / "none");
  std::ofstream(folder / "none/notes.txt") << "x";
  const auto run = replay({"none", "--algorithm", "3"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.err.find("none: holds no clips (.mp4 "), std::string::npos) << run.err;
  EXPECT_NE(run.err.find("1 file is passed over (1 .txt)"), std::string::npos) << run.err;
  EXPECT_EQ(lines_of(run.err).size(), 1U) << run.err;
}

TEST_F(Replay, RecordsOfAnEarlierRunAreGone) {
  const fs::path film = clip();
  fs::copy(film, folder / "other.mp4");
  const auto first = replay({"clip.mp4", "--algorithm", "3", "--every-frame", "--out", "out"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  ASSERT_TRUE(fs::exists(folder / "out/pictures/clip.mp4.jpg"));
  const auto second =
      replay({"other.mp4", "--algorithm", "3", "--every-frame", "--out", "out", "--no-ledger"});
  ASSERT_EQ(second.exit_code, 0) << second.err;
  EXPECT_FALSE(fs::exists(folder / "out/pictures/clip.mp4.jpg"));
  EXPECT_TRUE(fs::exists(folder / "out/pictures/other.mp4.jpg"));
  EXPECT_FALSE(fs::exists(folder / "out/ledger.jsonl"));
}

TEST_F(Replay, ABrokenModelIsSaidBeforeAnythingRuns) {
  std::ofstream(folder / "broken.onnx") << "not a network";
  std::ofstream(folder / "own.yaml")
      << "algorithms:\n  - id: mine\n    name: {zh: 自, en: Mine}\n    kind: detector\n    variants:\n"
         "      - {engine: onnx, model: [broken.onnx], input: {size: 64x64, channels: RGB}, output: yolov8, "
         "labels: [thing], cost: 0.01}\n";
  const auto run = replay(
      {clip().string(), "--algorithm", "mine", "--catalogue", "own.yaml", "--models", folder.string()});
  EXPECT_EQ(run.exit_code, 3) << run.err;
  EXPECT_NE(run.err.find("broken.onnx"), std::string::npos) << run.err;
}

/// Seconds of one-by-one-person-detection.mp4 that show a person (true) or an empty room (false), by looking
/// at the frame of each whole second. Seconds in which somebody is half in the door or only a shadow is seen
/// are in neither.
bool shows_person(int second) {
  constexpr std::pair<int, int> spans[] = {{7, 19}, {23, 44}, {51, 69}, {75, 86}, {93, 119}, {124, 135}};
  for (const auto& [from, to] : spans) {
    if (from <= second && second <= to) return true;
  }
  return false;
}
bool is_unclear(int second) {
  return std::set<int>{6, 20, 45, 70, 87, 120, 136}.contains(second);
}

TEST_F(Replay, FindsPeopleInTheSecondsThatHavePeople) {
  const char* footage = std::getenv("CAMFLEET_FOOTAGE");
  const char* models = std::getenv("CAMFLEET_MODELS");
  if (footage == nullptr) GTEST_SKIP() << "CAMFLEET_FOOTAGE is not set";
  if (models == nullptr) GTEST_SKIP() << "CAMFLEET_MODELS is not set";
  const fs::path film = fs::path(footage) / "one-by-one-person-detection.mp4";
  if (!fs::exists(film)) GTEST_SKIP() << "no one-by-one-person-detection.mp4 in CAMFLEET_FOOTAGE";
  if (!fs::exists(fs::path(models) / "yolo-fastest-1.1_body.weights"))
    GTEST_SKIP() << "no yolo-fastest-1.1_body in CAMFLEET_MODELS";
  const auto run = replay({film.string(), "--algorithm", "2", "--spf", "1", "--out", "out", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(json::parse(run.out)["samples"]["analysed"], 140);
  std::set<int> found;
  for (const std::string& line : lines_of(text_of(folder / "out/findings.jsonl"))) {
    found.insert(static_cast<int>(std::lround(json::parse(line)["media_s"].get<double>())));
  }
  int people = 0;
  int people_found = 0;
  for (int second = 0; second < 140; ++second) {
    if (is_unclear(second)) continue;
    if (shows_person(second)) {
      ++people;
      people_found += found.contains(second) ? 1 : 0;
    } else {
      EXPECT_FALSE(found.contains(second)) << "nobody is there in second " << second;
    }
  }
  EXPECT_GE(people_found * 10, people * 9) << people_found << " of " << people;
}

TEST(FirstLook, AccountsForEverything) {
  const auto run = camfleet(
      {"run", std::string(CAMFLEET_TREE) + "/scenarios/first_look.yaml", "--world", "replay", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json summary = json::parse(run.out);
  const json& slices = summary["slices"];
  const json& samples = summary["samples"];
  EXPECT_EQ(slices["due"], 16);
  EXPECT_EQ(slices["due"].get<int>(), slices["done"].get<int>() + slices["partial"].get<int>() +
                                          slices["missed"].get<int>() + slices["skipped"].get<int>());
  EXPECT_EQ(samples["due"], 123);
  EXPECT_EQ(samples["due"], samples["analysed"]);
  EXPECT_EQ(summary["plan_fingerprint"], "e89ce5e9a3bc751b");
}

TEST(Footage, AtMostSpeedTheRealWorldEndsWithTheCountsOfReplay) {
  const std::string scenario = std::string(CAMFLEET_TREE) + "/tests/scenarios/footage_mix.yaml";
  const auto replayed = camfleet({"run", scenario, "--world", "replay", "--json"});
  const auto real = camfleet({"run", scenario, "--speed", "max", "--json"});
  ASSERT_EQ(replayed.exit_code, 0) << replayed.err;
  ASSERT_EQ(real.exit_code, 0) << real.err;
  const json one = json::parse(replayed.out);
  const json other = json::parse(real.out);
  for (const char* field : {"slices", "samples", "findings", "concurrency", "plan_fingerprint", "algorithms"})
    EXPECT_EQ(one[field], other[field]) << field;
  EXPECT_TRUE(other["fingerprint"].is_null());
  EXPECT_TRUE(other["findings_fingerprint"].is_null());
  EXPECT_FALSE(other.contains("delay_s")) << "at most speed time waits for the work";
}

TEST_F(Replay, MemoryIsFlatOverFiftyTimesAClip) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer keeps freed memory, and reports leaks itself";
#endif
  const std::string path = clip().string();
  const auto memory = [&](const char* span) {
    const auto run = replay({"file://" + path + "?loop=1", "--algorithm", "3", "--type", "EVERYDAY", "--zone",
                             "UTC", "--times", R"([{"StartTime":"00:00:00","EndTime":"24:00:00"}])",
                             "--slice", "2", "--every", "1", "--for", span, "--json"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return json::parse(run.out)["rss_bytes"].get<std::int64_t>();
  };
  const std::int64_t few = memory("5min");
  const std::int64_t many = memory("250min");
  EXPECT_LT(many - few, 12'000'000) << few << " → " << many;
}

}  // namespace
}  // namespace camfleet::testing
