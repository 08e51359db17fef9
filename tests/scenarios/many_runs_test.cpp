// Many runs of one scenario in the virtual world: seeds, and sweeps.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/run_command.hpp"

namespace camfleet::testing {
namespace {

namespace fs = std::filesystem;

const fs::path source = CAMFLEET_TREE;

TEST(ManyRuns, PutsAFaultAtEachEvent) {
  const std::string scenario = (source / "scenarios/outage_sweep.yaml").string();
  const auto all = camfleet({"run", scenario, "--world", "virtual", "--sweep", "all"});
  EXPECT_EQ(all.exit_code, 0) << all.err;
  EXPECT_NE(all.out.find("382 faults held every invariant and expectation"), std::string::npos) << all.out;
  // What a defect breaks is said with the command that repeats it.
  const std::vector<std::string> defect{"CAMFLEET_LOSE_ONE_IN=1000"};
  const auto broken =
      camfleet({"run", scenario, "--world", "virtual", "--sweep", "all"}, {.environment = defect});
  EXPECT_EQ(broken.exit_code, 3) << broken.out;
  const std::size_t at = broken.err.find(" --sweep ");
  ASSERT_NE(at, std::string::npos) << broken.err;
  const std::string range = broken.err.substr(at + 9, broken.err.find('\n', at) - at - 9);
  const auto again =
      camfleet({"run", scenario, "--world", "virtual", "--sweep", range}, {.environment = defect});
  EXPECT_EQ(again.exit_code, 3);
  EXPECT_EQ(again.err.substr(again.err.find("camfleet run:")),
            broken.err.substr(broken.err.find("camfleet run:")));
}

TEST(ManyRuns, HasANodeJoinAtEachEvent) {
  const std::string scenario = (source / "tests/scenarios/join_sweep.yaml").string();
  const auto all = camfleet({"run", scenario, "--world", "virtual", "--sweep", "all"});
  EXPECT_EQ(all.exit_code, 0) << all.err;
  EXPECT_NE(all.out.find(" faults held every invariant and expectation"), std::string::npos) << all.out;
  // A message that is lost tells which run it is of. The second half of the runs are those of the joins.
  const auto broken = camfleet({"run", scenario, "--world", "virtual", "--sweep", "1953..3904"},
                               {.environment = {"CAMFLEET_LOSE_ONE_IN=1200"}});
  EXPECT_EQ(broken.exit_code, 3) << broken.out;
  EXPECT_NE(broken.err.find(", two joins at 2026-03-02T01:59:32.500000001Z: "), std::string::npos)
      << broken.err;
}

TEST(ManyRuns, LosesNothingByNodesThatJoin) {
  const std::string scenario = (source / "tests/scenarios/calm_joins.yaml").string();
  const auto all = camfleet({"run", scenario, "--world", "virtual", "--sweep", "all"});
  EXPECT_EQ(all.exit_code, 0) << all.err << all.out;
  EXPECT_NE(all.out.find(" faults held every invariant and expectation"), std::string::npos) << all.out;
}

TEST(ManyRuns, SaysACommandThatAShellTakes) {
  std::string pattern = (fs::temp_directory_path() / "camfleet-runs-XXXXXX").string();
  const fs::path out = mkdtemp(pattern.data());
  const fs::path folder = out / "it's here";
  fs::create_directories(folder);
  const fs::path scenario = folder / "outage sweep.yaml";
  fs::copy_file(source / "scenarios/outage_sweep.yaml", scenario);
  const auto broken = camfleet({"run", scenario.string(), "--world", "virtual", "--seeds", "1..50"},
                               {.environment = {"CAMFLEET_LOSE_ONE_IN=100"}});
  EXPECT_EQ(broken.exit_code, 3) << broken.out;
  EXPECT_NE(broken.err.find("it'\\''s here/outage sweep.yaml' --world virtual --seed "), std::string::npos)
      << broken.err;
  fs::remove_all(out);
}

TEST(ManyRuns, CountsThoseThatDoNotPassAndGoesOn) {
  std::string pattern = (fs::temp_directory_path() / "camfleet-runs-XXXXXX").string();
  const fs::path folder = mkdtemp(pattern.data());
  std::ifstream usual(source / "scenarios/camera_outages.yaml");
  std::string text((std::istreambuf_iterator<char>(usual)), {});
  const std::string bound = "slices.done >= 9200";
  ASSERT_NE(text.find(bound), std::string::npos);
  text.replace(text.find(bound), bound.size(), "slices.done >= 9400");
  const std::string scenario = (folder / "strict.yaml").string();
  std::ofstream(scenario) << text;
  std::vector<std::string> arguments{"run", scenario, "--world", "virtual", "--seeds", "1..20"};
  const auto first = camfleet(arguments);
  EXPECT_EQ(first.exit_code, 1) << first.err;
  EXPECT_EQ(first.out.find("seed 4 ("), 0U) << first.out;
  arguments.insert(arguments.end(), {"--keep-going", "--junit", (folder / "junit.xml").string(), "--json"});
  const auto all = camfleet(arguments);
  EXPECT_EQ(all.exit_code, 1) << all.err;
  const auto lines = lines_of(all.out);
  ASSERT_EQ(lines.size(), 21U);
  std::size_t failed = 0;
  for (std::size_t i = 0; i < 20; ++i) {
    const auto line = nlohmann::json::parse(lines[i]);
    EXPECT_EQ(line["seed"], i + 1) << "in their order, whichever thread is through first";
    EXPECT_EQ(line["passed"], line["slices"]["done"] >= 9400);
    failed += line["passed"] == false ? 1 : 0;
  }
  EXPECT_EQ(nlohmann::json::parse(lines[20])["runs"], 20);
  EXPECT_GT(failed, 0U);
  std::ifstream report(folder / "junit.xml");
  const std::string xml((std::istreambuf_iterator<char>(report)), {});
  EXPECT_NE(xml.find("<failure message=\"" + std::to_string(failed) + " of 20 seeds; seed 4 ("),
            std::string::npos)
      << xml;
  fs::remove_all(folder);
}

TEST(ManyRuns, RefusesASweepThatIsNone) {
  const std::string scenario = (source / "scenarios/outage_sweep.yaml").string();
  const std::string undated = (source / "scenarios/midnight_herd.yaml").string();
  const std::vector<std::pair<std::vector<std::string>, std::string>> slips{
      {{scenario, "--world", "virtual", "--sweep", "380..383"},
       "--sweep: '380..383' is not within the runs of this sweep; they are 1..382"},
      {{scenario, "--world", "virtual", "--sweep", "some"},
       "--sweep: 'some' is neither all nor a range of runs; write all or 1..100"},
      {{scenario, "--sweep", "all"}, "--sweep: needs virtual time; add --world virtual"},
      {{undated, "--world", "virtual", "--sweep", "all"},
       "faults: none has an `at`, and no node `joins`: a sweep puts those at each event"}};
  for (const auto& [more, line] : slips) {
    std::vector<std::string> arguments{"run"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto run = camfleet(arguments);
    EXPECT_EQ(run.exit_code, 2) << line;
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(run.err, "camfleet run: " + line + "\n");
  }
}

TEST(ManyRuns, FindsAPlantedDefectAndRepeatsItFromThePrintedCommand) {
  const std::string scenario = (source / "tests/scenarios/faulty_mix.yaml").string();
  const auto found = camfleet({"run", scenario, "--world", "virtual", "--seeds", "1..50"},
                              {.environment = {"CAMFLEET_LOSE_ONE_IN=1000"}});
  EXPECT_EQ(found.exit_code, 3) << found.out;
  const std::string mark = "again by: ";
  const std::size_t at = found.err.find(mark);
  ASSERT_NE(at, std::string::npos) << found.err;
  std::string command = found.err.substr(at + mark.size());
  const std::size_t program = command.find("camfleet run");
  ASSERT_NE(program, std::string::npos) << command;
  command.replace(program, 8, "\"$CAMFLEET\"");
  const auto again = camfleet_in_bash(command);
  EXPECT_EQ(again.exit_code, 3) << again.out;
  const std::string first_line = lines_of(found.err).back();
  const std::string what = first_line.substr(first_line.find(": ", first_line.find("seed ")) + 2);
  EXPECT_NE(again.err.find(what.substr(0, what.find("; again by"))), std::string::npos)
      << again.err << "\nagainst\n"
      << first_line;
}

}  // namespace
}  // namespace camfleet::testing
