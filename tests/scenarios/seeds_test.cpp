#include <string>

#include <gtest/gtest.h>

#include "tests/tools/run_command.hpp"

namespace camfleet::testing {
namespace {

class Seeds : public ::testing::TestWithParam<const char*> {};

TEST_P(Seeds, FaultyRunsHoldEveryInvariant) {
  const std::string seeds = CAMFLEET_SEEDS;
  const std::string scenario = std::string(CAMFLEET_TREE) + "/tests/scenarios/" + GetParam() + ".yaml";
  const auto run =
      camfleet({"run", scenario, "--world", "virtual", "--seeds", "1.." + seeds}, {.seconds_at_most = 2900});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  EXPECT_NE(run.out.find(seeds + " seeds held every invariant"), std::string::npos) << run.out;
}

/// What a cluster seldom comes to is come to by some seed: else nothing would be known of it.
TEST(Situations, AreAllReached) {
  const std::string scenario = std::string(CAMFLEET_TREE) + "/tests/scenarios/edge_mix.yaml";
  const auto run =
      camfleet({"run", scenario, "--world", "virtual", "--seeds", "1..600"}, {.seconds_at_most = 200});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  const std::size_t at = run.out.find("situation\n");
  ASSERT_NE(at, std::string::npos) << run.out;
  const auto lines = lines_of(run.out.substr(run.out.find('\n', at) + 1));
  EXPECT_EQ(lines.size(), 18U);
  for (const std::string& line : lines) EXPECT_GT(std::stoi(line), 0) << line;
}

INSTANTIATE_TEST_SUITE_P(Scenarios, Seeds,
                         ::testing::Values("faulty_mix", "node_mix", "restart_mix", "join_mix", "edge_mix"),
                         [](const auto& one) { return std::string(one.param); });

}  // namespace
}  // namespace camfleet::testing
