// What the virtual world says beforehand of a scenario that also runs really.
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/run_command.hpp"

namespace camfleet::testing {
namespace {

using nlohmann::json;

class Prediction : public ::testing::TestWithParam<const char*> {};

TEST_P(Prediction, HasTheSlicesAndSamplesOfTheRealRun) {
  const std::string scenario = std::string(CAMFLEET_TREE) + "/scenarios/" + GetParam() + ".yaml";
  const auto real = camfleet({"run", scenario, "--speed", "max", "--json"}, {.seconds_at_most = 250});
  const auto predicted = camfleet({"run", scenario, "--world", "virtual", "--json"});
  ASSERT_EQ(real.exit_code, 0) << real.err;
  ASSERT_EQ(predicted.exit_code, 0) << predicted.err;
  const json measured = json::parse(real.out);
  const json modelled = json::parse(predicted.out);
  for (const char* field : {"plan_fingerprint", "slices", "samples", "concurrency"})
    EXPECT_EQ(measured[field], modelled[field]) << field;
  EXPECT_GT(measured["core_s"], 0);
  EXPECT_GT(modelled["core_s"], 0);
  EXPECT_GT(modelled["delay_s"]["p99"], modelled["delay_s"]["p50"]);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, Prediction, ::testing::Values("first_look", "busy_minute"),
                         [](const auto& one) { return std::string(one.param); });

}  // namespace
}  // namespace camfleet::testing
