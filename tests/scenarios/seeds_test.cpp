#include <string>

#include <gtest/gtest.h>

#include "tests/tools/run_command.hpp"

namespace camfleet::testing {
namespace {

TEST(Seeds, AThousandFaultyRunsHoldEveryInvariant) {
  const std::string scenario = std::string(CAMFLEET_TREE) + "/tests/scenarios/faulty_mix.yaml";
  const auto run =
      camfleet({"run", scenario, "--world", "virtual", "--seeds", "1..1000"}, {.seconds_at_most = 280});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  EXPECT_NE(run.out.find("1000 seeds held every invariant"), std::string::npos) << run.out;
}

}  // namespace
}  // namespace camfleet::testing
