// What `camfleet scenario` passes, `camfleet run` takes; and the other way round.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/tools/run_command.hpp"

namespace camfleet::testing {
namespace {

namespace fs = std::filesystem;

class ScenarioCheck : public ::testing::Test {
 protected:
  ScenarioCheck() {
    std::string pattern = (fs::temp_directory_path() / "camfleet-scenario-XXXXXX").string();
    folder = mkdtemp(pattern.data());
  }
  ~ScenarioCheck() override { fs::remove_all(folder); }

  /// A scenario with these in the place of what is right.
  std::string scenario(const std::string& zone, const std::string& algorithm,
                       const std::string& source = "synthetic://street", const std::string& more = "") {
    const fs::path path = folder / "a.yaml";
    std::ofstream(path)
        << "name: a\nclock: {from: \"2026-03-02T10:00:00+08:00\", for: 2min}\n"
        << "devices: [{id: a, source: \"" << source << "\"}]\n"
        << "instances:\n  - InstanceName: n\n    AlgorithmType: PICTURE\n    Zone: " << zone
        << "\n    Devices: [{DeviceId: a, StartStream: true}]\n    Algorithms: [{AlgorithmId: \"" << algorithm
        << "\", AlgorithmName: x}]\n    ScheduleType: EVERYDAY\n"
        << "    ScheduleTimes: [{StartTime: \"10:00:00\", EndTime: \"10:01:00\"}]\n"
        << more;
    return path.string();
  }

  /// Both commands refuse it and say the same.
  static void expect_refused(const std::string& file, const std::string& why) {
    const auto checked = camfleet({"scenario", file});
    EXPECT_EQ(checked.exit_code, 2) << checked.out;
    EXPECT_EQ(checked.out, "");
    EXPECT_NE(checked.err.find(why), std::string::npos) << checked.err;
    EXPECT_EQ(lines_of(checked.err).size(), 1U) << checked.err;
    const auto run = camfleet({"run", file, "--world", "virtual"});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_NE(run.err.find(why), std::string::npos) << run.err;
  }

  fs::path folder;
};

TEST_F(ScenarioCheck, RefusesWhatRunRefuses) {
  expect_refused(scenario("Asia/Bejing", "3"), "'Asia/Bejing' is not a time zone of this machine");
  expect_refused(scenario("UTC", "99"), "'99' is not in the catalogue");
  expect_refused(scenario("UTC", "3", "street"), "street");
  expect_refused(scenario("UTC", "3", "synthetic://street", "costs: /nowhere/costs.yaml\n"),
                 "/nowhere/costs.yaml: no such file");
}

TEST_F(ScenarioCheck, PassesWhatRunTakes) {
  const auto checked = camfleet({"scenario", scenario("UTC", "3")});
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
  EXPECT_NE(checked.out.find("1 devices, 1 instances, 120 s from"), std::string::npos) << checked.out;
  EXPECT_EQ(checked.err, "");
}

TEST_F(ScenarioCheck, TakesTheCatalogueThatRunTakes) {
  std::ofstream(folder / "own.yaml")
      << "algorithms:\n  - id: mine\n    name: {zh: 自, en: Mine}\n    kind: detector\n    variants:\n"
         "      - {engine: onnx, model: [mine.onnx], input: {size: 64x64, channels: RGB}, output: yolov8, "
         "labels: [thing], cost: 0.01}\n";
  const std::string file = scenario("UTC", "mine");
  expect_refused(file, "'mine' is not in the catalogue");
  const auto checked = camfleet({"scenario", file, "--catalogue", (folder / "own.yaml").string()});
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
}

TEST_F(ScenarioCheck, SaysWhatIsShorterThanASecond) {
  const std::string file = scenario("UTC", "3");
  std::ifstream in(file);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  text.replace(text.find("2min"), 4, "1500ms");
  std::ofstream(file) << text;
  const auto checked = camfleet({"scenario", file});
  EXPECT_NE(checked.out.find("1.5 s from"), std::string::npos) << checked.out << checked.err;
}

TEST(Zones, AServerIsRefusedOneThatIsNotThere) {
  const auto served = camfleet({"serve", "--unsigned", "--listen", "127.0.0.1:0", "--zone", "Bejing"});
  EXPECT_EQ(served.exit_code, 2) << served.out;
  EXPECT_EQ(served.err,
            "camfleet serve: --zone: 'Bejing' is not a time zone of this machine; write an IANA name like "
            "Asia/Shanghai\n");
}

TEST(Zones, AMachineWithoutZoneFilesIsSaid) {
  const std::string why = "there is no time zone data (tzdata) in /nowhere; install the package tzdata";
  const RunOptions bare{.environment = {"TZDIR=/nowhere"}};
  const auto served = camfleet({"serve", "--unsigned", "--listen", "127.0.0.1:0"}, bare);
  EXPECT_EQ(served.exit_code, 2) << served.out;
  EXPECT_EQ(served.err, "camfleet serve: --zone: 'Asia/Shanghai' cannot be looked up: " + why + "\n");
  const auto listed = camfleet({"calendar", "--type", "ONCE", "--from", "2026-03-01T00:00:00Z", "--to",
                                "2026-03-02T00:00:00Z", "--zone", "Asia/Bejing"},
                               bare);
  EXPECT_EQ(listed.exit_code, 2);
  EXPECT_NE(listed.err.find(why), std::string::npos) << listed.err;
}

}  // namespace
}  // namespace camfleet::testing
