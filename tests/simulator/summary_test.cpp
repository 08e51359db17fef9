#include "simulator/summary.hpp"

#include <gtest/gtest.h>

namespace camfleet::sim {
namespace {

TEST(Summary, ADelayThatNobodyMeasuredIsNoNumber) {
  const Roster roster;
  const std::vector<std::string> expectations{"delay_s.p99 <= 5", "slices.due == 0"};
  RunFacts facts;
  const auto without = summarise(facts, Ledger(roster), expectations).value();
  EXPECT_FALSE(without.contains("delay_s")) << without;
  EXPECT_TRUE(without["expectations"][0]["held"].is_null()) << without;
  EXPECT_TRUE(all_held(without));
  facts.delays.emplace().add(seconds(7));
  const auto with = summarise(facts, Ledger(roster), expectations).value();
  EXPECT_EQ(with["delay_s"]["most"], 7.0);
  EXPECT_EQ(with["expectations"][0]["held"], false);
  EXPECT_FALSE(all_held(with));
}

}  // namespace
}  // namespace camfleet::sim
