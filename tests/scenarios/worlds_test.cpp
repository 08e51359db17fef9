// The same scenario of synthetic cameras really, at replay and virtually.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/run_command.hpp"

namespace camfleet::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Worlds : public ::testing::Test {
 protected:
  Worlds() {
    std::string pattern = (fs::temp_directory_path() / "camfleet-worlds-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    // The streams that are made for it are its own.
    ::setenv("CAMFLEET_CAMERAS_DIR", (folder_ / "cameras").c_str(), 1);
  }
  ~Worlds() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  /// Runs the day in a world; its records are in a folder of that name.
  json run(const std::string& world, const std::string& name) {
    const auto ran = camfleet({"run", CAMFLEET_TREE "/scenarios/synthetic_day.yaml", "--world", world,
                               "--json", "--out", (folder_ / name).string()},
                              {.seconds_at_most = 500});
    EXPECT_EQ(ran.exit_code, 0) << world << ": " << ran.err << ran.out;
    return json::parse(ran.out);
  }
  /// What became of each slice that was due.
  std::map<std::string, std::string> outcomes(const std::string& name) const {
    std::map<std::string, std::string> found;
    std::istringstream lines(text_of(folder_ / name / "ledger.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      const json row = json::parse(line);
      const std::string key = row["instance"].get<std::string>() + " " + row["device"].get<std::string>() +
                              " " + row["due_at"].get<std::string>();
      EXPECT_TRUE(found.emplace(key, row["outcome"].dump() + " " + row["reason"].dump()).second) << key;
    }
    return found;
  }

  fs::path folder_;
};

TEST_F(Worlds, HaveTheSameSlicesOutcomesAndReasonsOfSyntheticCameras) {
  const json replayed = run("replay", "replay");
  run("replay", "again");
  for (const char* file : {"ledger.jsonl", "findings.jsonl"})
    EXPECT_TRUE(text_of(folder_ / "replay" / file) == text_of(folder_ / "again" / file)) << file;
  const json predicted = run("virtual", "virtual");
  const json real = run("real", "real");
  const auto expected = outcomes("replay");
  EXPECT_EQ(expected.size(), replayed["slices"]["due"].get<std::size_t>());
  EXPECT_EQ(outcomes("virtual"), expected);
  EXPECT_EQ(outcomes("real"), expected);
  EXPECT_EQ(real["plan_fingerprint"], replayed["plan_fingerprint"]);
  EXPECT_EQ(predicted["plan_fingerprint"], replayed["plan_fingerprint"]);
}

TEST_F(Worlds, FindAsMuchVirtuallyAsTheModelsSee) {
  const char* models = std::getenv("CAMFLEET_MODELS");
  if (models == nullptr) GTEST_SKIP() << "CAMFLEET_MODELS names no folder with the body model";
  const std::string scenario = CAMFLEET_TREE "/tests/scenarios/scored_people.yaml";
  const auto seen = camfleet({"run", scenario, "--world", "replay", "--models", models, "--json"},
                             {.seconds_at_most = 500});
  ASSERT_EQ(seen.exit_code, 0) << seen.err << seen.out;
  const auto drawn = camfleet({"run", scenario, "--world", "virtual", "--json"});
  const json one = json::parse(seen.out)["score"];
  const json other = json::parse(drawn.out)["score"];
  for (const char* where : {"/1/lobby", "/2/street", "/2/yard", "/2/crowd"}) {
    for (const char* figure : {"/recall", "/precision"}) {
      const json::json_pointer at(std::string(where) + figure);
      EXPECT_NEAR(one[at].get<double>(), other[at].get<double>(), 0.05) << at;
    }
  }
}

}  // namespace
}  // namespace camfleet::testing
