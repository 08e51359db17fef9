#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/run_command.hpp"

namespace camfleet::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path source = CAMFLEET_TREE;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "camfleet-golden-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

CommandResult run_virtually(const fs::path& scenario, const fs::path& out,
                            const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{"run",   scenario.string(), "--world", "virtual",
                                     "--out", out.string(),      "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return camfleet(std::move(arguments));
}

/// What a change of behaviour would change: sums, fingerprints, and every slice that was not done, up to
/// some.
std::string excerpt_of(const fs::path& out) {
  constexpr std::size_t most_rows = 40;
  const json summary = json::parse(text_of(out / "summary.json"));
  std::ostringstream text;
  for (const char* field : {"fingerprint", "plan_fingerprint", "slices", "samples", "concurrency", "events"})
    text << field << ' ' << summary[field].dump() << '\n';
  std::ifstream ledger(out / "ledger.jsonl");
  std::size_t rows = 0;
  for (std::string line; rows < most_rows && std::getline(ledger, line);) {
    const json row = json::parse(line);
    if (rows >= 3 && row["outcome"] == "done") continue;
    ++rows;
    text << row["due_at"].get<std::string>() << ' ' << row["instance"].get<std::string>() << ' '
         << row["device"].get<std::string>() << ": " << row["outcome"].get<std::string>() << ' '
         << row["reason"].dump() << ", started " << row["started_at"].dump() << ", ended "
         << row["ended_at"].dump() << ", " << row["algorithms"].dump() << '\n';
  }
  return text.str();
}

/// A scenario, and what takes the place of its span for a shorter run; empty: as it stands.
struct Run {
  std::string scenario;
  std::string span;
};

std::string name_of(const Run& run) {
  return fs::path(run.scenario).stem().string() + (run.span.empty() ? "" : "_" + run.span);
}

// NOLINTNEXTLINE(readability-identifier-naming): it is GoogleTest's.
void PrintTo(const Run& run, std::ostream* out) {
  *out << name_of(run);
}

class Golden : public ::testing::TestWithParam<Run> {};

TEST_P(Golden, TheRunIsAsItWas) {
  const Folder out;
  fs::path scenario = source / GetParam().scenario;
  if (!GetParam().span.empty()) {
    std::string text = text_of(scenario);
    const std::size_t at = text.find(", for: ") + 7;
    text.replace(at, text.find(',', at) - at, GetParam().span);
    text.erase(text.find("expect:"));
    scenario = out.path() / "shorter.yaml";
    std::ofstream(scenario, std::ios::binary) << text;
  }
  const auto run = run_virtually(scenario, out.path());
  EXPECT_EQ(run.exit_code, 0) << run.err << run.out;
  const std::string excerpt = excerpt_of(out.path());
  const fs::path golden = source / "tests/scenarios/golden" / (name_of(GetParam()) + ".txt");
  if (std::getenv("CAMFLEET_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(golden, std::ios::binary) << excerpt;
    GTEST_SKIP() << "wrote " << golden;
  }
  const auto was = lines_of(text_of(golden));
  const auto is = lines_of(excerpt);
  ASSERT_FALSE(was.empty()) << golden << " is missing; CAMFLEET_UPDATE_GOLDEN=1 writes it";
  for (std::size_t i = 0; i < std::max(was.size(), is.size()); ++i) {
    EXPECT_EQ(i < is.size() ? is[i] : "", i < was.size() ? was[i] : "") << golden << ", line " << i + 1;
  }
}

#ifdef CAMFLEET_WHOLE_SPANS
const std::vector<Run> runs{{"scenarios/city_month.yaml", ""}};
#else
const std::vector<Run> runs{{"scenarios/camera_outages.yaml", ""},   {"scenarios/overload.yaml", ""},
                            {"scenarios/midnight_herd.yaml", ""},    {"scenarios/dst_year.yaml", ""},
                            {"scenarios/footage_archive.yaml", ""},  {"scenarios/first_look.yaml", ""},
                            {"scenarios/city_month.yaml", "1d"},     {"scenarios/node_storm.yaml", ""},
                            {"scenarios/busy_minute.yaml", ""},      {"scenarios/one_by_one.yaml", ""},
                            {"tests/scenarios/node_mix.yaml", ""},   {"tests/scenarios/restart_mix.yaml", ""},
                            {"tests/scenarios/faulty_mix.yaml", ""}, {"tests/scenarios/join_mix.yaml", ""}};
#endif

INSTANTIATE_TEST_SUITE_P(Scenarios, Golden, ::testing::ValuesIn(runs),
                         [](const auto& one) { return name_of(one.param); });

#ifndef CAMFLEET_WHOLE_SPANS
/// Where nodes and schedulers come and go.
class Findings : public ::testing::TestWithParam<const char*> {};

TEST_P(Findings, EachBelongsToARowAndIsThereOnce) {
  const Folder out;
  const auto run = run_virtually(source / GetParam(), out.path());
  ASSERT_EQ(run.exit_code, 0) << run.err << run.out;
  const auto slice_of = [](const json& line) {
    return line["instance"].get<std::string>() + ' ' + line["device"].get<std::string>() + ' ' +
           line["due_at"].get<std::string>();
  };
  std::set<std::string> slices;
  for (const std::string& line : lines_of(text_of(out.path() / "ledger.jsonl")))
    slices.insert(slice_of(json::parse(line)));
  std::set<std::string> samples;
  for (const std::string& line : lines_of(text_of(out.path() / "findings.jsonl"))) {
    const json finding = json::parse(line);
    const std::string slice = slice_of(finding);
    EXPECT_TRUE(slices.contains(slice)) << line;
    const std::string sample =
        slice + ' ' + finding["algorithm"].get<std::string>() + ' ' + finding["at"].get<std::string>();
    EXPECT_TRUE(samples.insert(sample).second) << line;
  }
  EXPECT_GT(samples.size(), 100U);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, Findings,
                         ::testing::Values("scenarios/node_storm.yaml", "tests/scenarios/node_mix.yaml",
                                           "tests/scenarios/restart_mix.yaml",
                                           "tests/scenarios/join_mix.yaml"),
                         [](const auto& one) { return fs::path(one.param).stem().string(); });

TEST(VirtualWorld, IsTheSameTwiceAndAnotherWithAnotherSeed) {
  const Folder out;
  const fs::path scenario = source / "scenarios/camera_outages.yaml";
  const auto first = run_virtually(scenario, out.path() / "1");
  const auto second = run_virtually(scenario, out.path() / "2");
  const auto other = run_virtually(scenario, out.path() / "3", {"--seed", "2"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  const std::string ledger = text_of(out.path() / "1/ledger.jsonl");
  EXPECT_FALSE(ledger.empty());
  EXPECT_EQ(ledger, text_of(out.path() / "2/ledger.jsonl"));
  EXPECT_NE(ledger, text_of(out.path() / "3/ledger.jsonl"));
  EXPECT_EQ(json::parse(first.out)["plan_fingerprint"], json::parse(other.out)["plan_fingerprint"])
      << "the plan does not depend on the seed";
}

TEST(VirtualWorld, WritesALineForEachFindingAndTheSameTwice) {
  const Folder out;
  const fs::path scenario = source / "scenarios/camera_outages.yaml";
  const auto first = run_virtually(scenario, out.path() / "1");
  ASSERT_EQ(first.exit_code, 0) << first.err;
  ASSERT_EQ(run_virtually(scenario, out.path() / "2").exit_code, 0);
  const std::string text = text_of(out.path() / "1/findings.jsonl");
  EXPECT_EQ(text, text_of(out.path() / "2/findings.jsonl"));
  std::istringstream lines(text);
  std::uint64_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const json finding = json::parse(line);
    ASSERT_EQ(finding["boxes"].size(), 1U) << line;
    const json& box = finding["boxes"][0];
    EXPECT_EQ(box["label"], "person") << line;
    EXPECT_GE(box["score"], 0.5) << line;
    EXPECT_GE(box["w"], 1) << line;
    EXPECT_LE(box["x"].get<int>() + box["w"].get<int>(), finding["width"]) << line;
    EXPECT_LE(box["y"].get<int>() + box["h"].get<int>(), finding["height"]) << line;
    EXPECT_LE(finding["due_at"].get<std::string>(), finding["at"].get<std::string>()) << line;
  }
  EXPECT_GT(count, 1000U);
  EXPECT_EQ(count, json::parse(first.out)["findings"]);
}

TEST(VirtualWorld, HasARowForEachNodeAndSpreadsWhatIsDueOverThem) {
  const Folder out;
  const fs::path scenario = out.path() / "many.yaml";
  std::ofstream(scenario) << R"(name: many
clock: {from: "2026-03-02T09:59:00+08:00", for: 22min}
nodes: [{id: hall, acu: 2}]
devices: [{id: "cam-{i}", count: 600, source: "rtsp://10.0.0.1/{i}"}]
instances:
  - InstanceName: rounds
    AlgorithmType: PICTURE
    Devices: "cam-*"
    Algorithms: [{AlgorithmId: "3", AlgorithmName: motion}]
    ScheduleType: EVERYDAY
    ScheduleTimes: [{StartTime: "10:00:00", EndTime: "10:20:00"}]
    IsPolling: true
    SliceExecutionTime: 10
    OverallExecutionTime: 10
)";
  // Ten slices at a time, of 0.148 ACU each.
  for (const int count : {1, 2, 6, 12}) {
    const json summary =
        json::parse(run_virtually(scenario, out.path(), {"--nodes", std::to_string(count)}).out);
    const json& nodes = summary["nodes"];
    ASSERT_EQ(nodes.size(), static_cast<std::size_t>(count));
    std::uint64_t slices = 0;
    double mean = 0;
    const int most = (10 + count - 1) / count + 1;
    for (const json& node : nodes) {
      EXPECT_LE(node["peak"].get<double>(), 0.148001 * most) << node;
      EXPECT_EQ(node["acu"], 2);
      EXPECT_EQ(node["lost"], 0);
      slices += node["slices"].get<std::uint64_t>();
      mean += node["mean"].get<double>();
    }
    EXPECT_EQ(slices, 1200U);
    EXPECT_NEAR(mean * summary["virtual_s"].get<double>(), summary["core_s"].get<double>(), 0.001);
  }
  const auto table = camfleet({"run", scenario.string(), "--world", "virtual"});
  EXPECT_NE(table.out.find("node"), std::string::npos) << table.out;
  EXPECT_NE(table.out.find("\nhall    2       1.41     1.48    1200    12000     ·\n"), std::string::npos)
      << table.out;
}

TEST(VirtualWorld, WrongUsageIsOneLineAndCodeTwo) {
  const std::string scenario = (source / "scenarios/dst_year.yaml").string();
  const std::vector<std::pair<std::vector<std::string>, std::string>> table{
      {{"--world", "sideways"}, "--world: 'sideways' is not a world; write real, replay or virtual"},
      {{"--world", "virtual", "--speed", "2"},
       "--speed: only the real world has one: in virtual time nothing waits; leave out --speed or --world "
       "virtual"},
      {{"--world", "replay", "--seeds", "1..2"}, "--seeds: needs virtual time; add --world virtual"},
      {{"--world", "virtual", "--seeds", "5..1"},
       "--seeds: '5..1' is not a range; write 1..1000, at most 1000000 runs"},
      {{"--world", "virtual", "--seeds", "1..3", "--out", "x"},
       "--seeds: runs many times and keeps no records; leave out --out"},
      {{"--world", "virtual", "--keep-going"},
       "--keep-going: is about many runs; add --seeds A..B or --sweep all"},
      {{"--world", "real", "--costs", "x"},
       "--costs: only the virtual world has modelled costs; add --world virtual"},
      {{"--world", "virtual", "--costs", "/no/such.yaml"},
       "/no/such.yaml: no such file; give the path of a YAML file"}};
  for (const auto& [more, line] : table) {
    std::vector<std::string> arguments{"run", scenario};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto run = camfleet(arguments);
    EXPECT_EQ(run.exit_code, 2) << line;
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(run.err, "camfleet run: " + line + "\n");
  }
}

TEST(VirtualWorld, RunsAtTheCostsThatCalibrateMeasured) {
  const Folder out;
  const std::string costs = (out.path() / "costs.yaml").string();
  const auto measured = camfleet({"calibrate", "--out", costs});
  ASSERT_EQ(measured.exit_code, 0) << measured.err;
  const fs::path scenario = source / "scenarios/dst_year.yaml";
  const auto usual = run_virtually(scenario, out.path() / "1");
  const auto here = run_virtually(scenario, out.path() / "2", {"--costs", costs});
  ASSERT_EQ(here.exit_code, 0) << here.err;
  // 13,140 samples of motion at what it was measured to take, give or take the model's spread over so many,
  // in the place of the 50 ms of an algorithm that was not measured.
  const std::string file = text_of(costs);
  const std::size_t motion = file.find("\"3\": ");
  ASSERT_NE(motion, std::string::npos) << file;
  const double measured_s = std::stod(file.substr(motion + 5)) * 1e-6;
  const double saved =
      json::parse(usual.out)["core_s"].get<double>() - json::parse(here.out)["core_s"].get<double>();
  EXPECT_NEAR(saved, 13'140 * (0.05 - measured_s), 13'140 * 0.05 * 0.005) << file;
}

TEST(VirtualWorld, PlansTheSameSlicesAsReplay) {
  const Folder out;
  const fs::path scenario = source / "scenarios/first_look.yaml";
  const auto run = run_virtually(scenario, out.path());
  EXPECT_EQ(json::parse(run.out)["plan_fingerprint"], "e89ce5e9a3bc751b") << run.err;
}

TEST(VirtualWorld, SaysWhichFootageItCannotLookAt) {
  const Folder out;
  const fs::path scenario = out.path() / "gone.yaml";
  std::ofstream(scenario) << R"(name: gone
clock: {from: "2026-03-02T10:00:00+08:00", for: 2min}
devices: [{id: a, source: "file:///nowhere/gone.avi"}]
instances:
  - InstanceName: n
    AlgorithmType: PICTURE
    Devices: [{DeviceId: a, StartStream: true}]
    Algorithms: [{AlgorithmId: "3", AlgorithmName: motion}]
    ScheduleType: EVERYDAY
    ScheduleTimes: [{StartTime: "10:00:00", EndTime: "10:01:00"}]
)";
  const auto run = camfleet({"run", scenario.string(), "--world", "virtual"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_NE(run.err.find("device a: file:///nowhere/gone.avi: there is no such file"), std::string::npos)
      << run.err;
}

#endif

}  // namespace
}  // namespace camfleet::testing
