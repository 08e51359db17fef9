// What the virtual world says beforehand of a scenario that also runs really.
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/run_command.hpp"

namespace camfleet::testing {
namespace {

using nlohmann::json;

void expect_same_work(const json& real, const json& predicted) {
  EXPECT_EQ(predicted["plan_fingerprint"], real["plan_fingerprint"]);
  EXPECT_EQ(predicted["slices"], real["slices"]);
  EXPECT_EQ(predicted["samples"], real["samples"]);
  EXPECT_GT(predicted["core_s"].get<double>(), 0);
  EXPECT_GT(real["core_s"].get<double>(), 0);
}

TEST(Prediction, HasTheSlicesAndSamplesOfFootage) {
  const std::string scenario = std::string(CAMFLEET_TREE) + "/tests/scenarios/footage_mix.yaml";
  const auto real = camfleet({"run", scenario, "--speed", "max", "--json"}, {.seconds_at_most = 250});
  const auto predicted = camfleet({"run", scenario, "--world", "virtual", "--json"});
  ASSERT_EQ(real.exit_code, 0) << real.err;
  expect_same_work(json::parse(real.out), json::parse(predicted.out));
}

class Comparison : public ::testing::TestWithParam<const char*> {};

TEST_P(Comparison, HasTheSameSlicesAndSamplesInRealTime) {
  const std::string scenario = std::string(CAMFLEET_TREE) + "/scenarios/" + GetParam() + ".yaml";
  const auto run = camfleet({"compare", scenario, "--json"}, {.seconds_at_most = 250});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json both = json::parse(run.out);
  expect_same_work(both["measured"], both["predicted"]);
  for (const char* world : {"measured", "predicted"}) {
    const json& delay = both[world]["delay_s"];
    EXPECT_GT(delay["p50"].get<double>(), 0);
    EXPECT_GE(delay["p99"], delay["p50"]);
  }
}

INSTANTIATE_TEST_SUITE_P(Scenarios, Comparison, ::testing::Values("one_by_one", "busy_minute"),
                         [](const auto& one) { return std::string(one.param); });

/// Four slices of twelve seconds: of a clip of seven, of the same begun later, of it looped, and of a
/// picture.
constexpr const char* short_footage = R"(
name: short footage
clock: {from: "2026-03-02T00:00:00Z", for: 1d, zone: UTC}
nodes: [{id: one, acu: 8}]
devices:
  - {id: clip, source: "file://FOLDER/clip.mp4"}
  - {id: later, source: "file://FOLDER/clip.mp4?start=4"}
  - {id: looped, source: "file://FOLDER/clip.mp4?loop=1"}
  - {id: picture, source: "pictures://FOLDER/pictures"}
instances:
  - InstanceName: twelve seconds
    AlgorithmType: REALTIME_STREAM
    DatasourceType: VIRTUAL_VIDEO
    Devices: "*"
    Algorithms: [{AlgorithmId: "3", AlgorithmName: motion}]
    ScheduleType: EVERYDAY
    ScheduleTimes: [{StartTime: "10:00:00", EndTime: "10:00:12"}]
)";

TEST(Prediction, FootageEndsWhereItEnds) {
  namespace fs = std::filesystem;
  std::string pattern = (fs::temp_directory_path() / "camfleet-footage-XXXXXX").string();
  const fs::path folder = mkdtemp(pattern.data());
  fs::create_directory(folder / "pictures");
  for (const char* made : {"clip.mp4", "pictures/1.jpg"}) {
    const auto clip =
        run_command({"ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10:duration=7",
                     "-frames:v", std::string(made) == "clip.mp4" ? "70" : "1", "-pix_fmt", "yuvj420p",
                     (folder / made).string()});
    ASSERT_EQ(clip.exit_code, 0) << clip.err;
  }
  std::string text = short_footage;
  for (std::size_t at = 0; (at = text.find("FOLDER")) != std::string::npos;)
    text.replace(at, 6, folder.string());
  std::ofstream(folder / "short.yaml") << text;
  json both[2];
  for (const bool predicted : {false, true}) {
    const auto run = camfleet(
        {"run", (folder / "short.yaml").string(), "--world", predicted ? "virtual" : "replay", "--json"});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    both[predicted] = json::parse(run.out);
  }
  for (const char* field : {"slices", "samples", "concurrency"})
    EXPECT_EQ(both[0][field], both[1][field]) << field;
  EXPECT_EQ(both[1]["samples"]["analysed"], 7 + 3 + 12 + 1) << both[1].dump(2);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace camfleet::testing
