#include "tools/camfleet/worlds/run_spread.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace camfleet::cli {
namespace {

OneRun run_of(std::uint64_t number, std::uint64_t analysed) {
  OneRun run;
  run.number = number;
  run.sums = {10, 9, 1, 0, 0, analysed};
  return run;
}

OneRun failed(std::uint64_t number, std::size_t expectation) {
  OneRun run = run_of(number, 5);
  run.failed = {expectation};
  run.not_held = {"slices.done == 10: 9 against 10"};
  return run;
}

TEST(RunSpread, HasTheQuantilesOfSumsInWhateverOrderTheyCome) {
  RunSpread spread;
  for (std::uint64_t i = 0; i < 100; ++i) spread.add(run_of(i, (i * 37 + 11) % 100 + 1));
  const auto line = nlohmann::json::parse(spread.json_line());
  EXPECT_EQ(line["runs"], 100);
  EXPECT_EQ(line["samples"]["analysed"],
            nlohmann::json::parse(R"({"least":1,"p10":10,"p50":50,"p90":90,"most":100,"mean":50.5})"));
  EXPECT_EQ(line["slices"]["done"],
            nlohmann::json::parse(R"({"least":9,"p10":9,"p50":9,"p90":9,"most":9,"mean":9.0})"));
  EXPECT_NE(spread.table().find("samples analysed      1   10   50   90   100  50.5"), std::string::npos)
      << spread.table();
}

TEST(RunSpread, OfOneRunAndOfNone) {
  RunSpread spread;
  EXPECT_EQ(spread.json_line(), "{\"runs\":0}\n");
  EXPECT_EQ(spread.table(), "");
  spread.add(run_of(1, 7));
  const auto line = nlohmann::json::parse(spread.json_line());
  for (const char* quantile : {"least", "p10", "p50", "p90", "most"})
    EXPECT_EQ(line["samples"]["analysed"][quantile], 7) << quantile;
}

TEST(RunFailures, AreCountedByWhatDidNotHoldWithTheFirstOfEach) {
  RunFailures failures;
  EXPECT_EQ(failures.first(), nullptr);
  failures.add(run_of(1, 7));
  EXPECT_EQ(failures.runs(), 0U);
  failures.add(failed(9, 2));
  failures.add(failed(5, 2));
  failures.add(failed(6, 0));
  OneRun broken = run_of(7, 0);
  broken.error = Error{Errc::broken_invariant, "slices", "do not add up"};
  failures.add(broken);
  EXPECT_EQ(failures.runs(), 4U);
  EXPECT_EQ(failures.by_expectation().at(2).runs, 2U);
  EXPECT_EQ(failures.by_expectation().at(2).first.number, 5U);
  EXPECT_EQ(failures.broken()->runs, 1U);
  EXPECT_EQ(failures.first()->number, 5U);
}

}  // namespace
}  // namespace camfleet::cli
