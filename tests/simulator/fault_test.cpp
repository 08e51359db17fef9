#include "simulator/fault.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace camfleet::sim {
namespace {

using nlohmann::json;

Roster fleet(int cameras) {
  Roster roster;
  for (int i = 0; i < cameras; ++i)
    roster.add_device({"cam-" + std::to_string(i), "", "rtsp://x", DeviceKind::live, Duration(0), 0}).value();
  return roster;
}

const Instant from = parse_iso("2026-03-01T00:00:00Z").value();
const Instant until = from + hours(10);

std::vector<Fault> drawn(const json& rules, const Roster& roster, std::uint64_t seed) {
  return draw_faults(read_faults(rules).value(), roster, seed, from, until).value();
}

TEST(Faults, OneAtAnInstantHitsEveryDeviceOfThePattern) {
  const Roster roster = fleet(12);
  const auto faults =
      drawn(json::array(
                {{{"at", "2026-03-01T01:00:00Z"}, {"device", "cam-1*"}, {"kind", "freeze"}, {"for", "90s"}}}),
            roster, 1);
  ASSERT_EQ(faults.size(), 3U) << "cam-1, cam-10, cam-11";
  EXPECT_EQ(faults[1].device, DeviceIx{10});
  EXPECT_EQ(faults[1].from, from + hours(1));
  EXPECT_EQ(faults[1].to - faults[1].from, seconds(90));
  EXPECT_EQ(faults[1].kind, FaultKind::freeze);
}

TEST(Faults, DrawnOnesDependOnTheSeedAlone) {
  const Roster roster = fleet(30);
  const json rules = json::array({{{"draw", 200},
                                   {"from", "seed"},
                                   {"kinds", {"disconnect", "corrupt"}},
                                   {"devices", "*"},
                                   {"for", {"10s", "5min"}}}});
  const auto one = drawn(rules, roster, 1);
  ASSERT_EQ(one.size(), 200U);
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_GE(one[i].from, from);
    EXPECT_LE(one[i].from, until);
    EXPECT_GE(one[i].to - one[i].from, seconds(10));
    EXPECT_LE(one[i].to - one[i].from, seconds(300));
    EXPECT_TRUE(one[i].kind == FaultKind::disconnect || one[i].kind == FaultKind::corrupt);
    if (i > 0) {
      EXPECT_LE(one[i - 1].device.value, one[i].device.value);
    }
  }
  const auto again = drawn(rules, roster, 1);
  const auto other = drawn(rules, roster, 2);
  const auto same = [](const Fault& a, const Fault& b) { return a.device == b.device && a.from == b.from; };
  EXPECT_TRUE(std::equal(one.begin(), one.end(), again.begin(), same));
  EXPECT_FALSE(std::equal(one.begin(), one.end(), other.begin(), same));
}

TEST(Faults, DrawnOnesStayWhenThoseBeforeThemAreLeftOut) {
  const Roster roster = fleet(30);
  const json dated{{"at", "2026-03-01T01:00:00Z"}, {"device", "cam-1"}, {"kind", "freeze"}, {"for", "90s"}};
  const json draw{
      {"draw", 20}, {"from", "seed"}, {"kinds", {"corrupt"}}, {"devices", "*"}, {"for", {"10s", "5min"}}};
  auto rules = read_faults(json::array({dated, draw})).value();
  const auto of = [&](FaultKind kind) {
    auto faults = draw_faults(rules, roster, 1, from, until).value();
    std::erase_if(faults, [&](const Fault& fault) { return fault.kind != kind; });
    return faults;
  };
  const auto before = of(FaultKind::corrupt);
  rules.erase(rules.begin());
  const auto after = of(FaultKind::corrupt);
  ASSERT_EQ(before.size(), 20U);
  EXPECT_TRUE(std::ranges::equal(before, after, {}, &Fault::from, &Fault::from));
}

TEST(Faults, ClocksJumpByOneWeekInAllAtMost) {
  const Roster roster = fleet(1);
  const auto jump = [](const char* kind, const char* length) {
    return json{{"at", "2026-03-01T01:00:00Z"}, {"kind", kind}, {"for", length}};
  };
  const auto outcome = [&](const json& rules) {
    return draw_faults(read_faults(rules).value(), roster, 1, from, until);
  };
  EXPECT_TRUE(outcome({jump("clock_forward", "6d"), jump("clock_back", "1d")}).has_value());
  EXPECT_TRUE(outcome(json::array({jump("store_full", "7d")})).has_value());
  EXPECT_EQ(outcome(json::array({jump("store_full", "8d")})).error().code, Errc::limit);
  EXPECT_EQ(outcome(json::array({jump("store_slow", "8d")})).error().code, Errc::limit);
  for (const json& rules :
       {json{jump("clock_forward", "8d")},
        json{jump("clock_back", "36500d"), jump("clock_back", "36500d"), jump("clock_back", "36500d")},
        json{jump("clock_forward", "6d"), jump("clock_back", "25h")}}) {
    const auto refused = outcome(rules);
    ASSERT_FALSE(refused.has_value()) << rules;
    EXPECT_EQ(refused.error().code, Errc::limit);
  }
}

struct WrongFault {
  json rule;
  std::string line;
};

TEST(Faults, AWrongOneIsAnsweredByOneLine) {
  const json good{{"at", "2026-03-01T01:00:00Z"}, {"device", "cam-1"}, {"kind", "freeze"}, {"for", "90s"}};
  const auto with = [&](const json& change) {
    json rule = good;
    rule.update(change);
    return rule;
  };
  const json drawing{{"draw", 3}, {"from", "seed"}, {"kinds", {"freeze"}}, {"devices", "*"}, {"for", "1s"}};
  json from_chance = drawing;
  from_chance["from"] = "chance";
  json no_kinds = drawing;
  no_kinds.erase("kinds");
  const std::vector<WrongFault> table{
      {with({{"kind", "melt"}}),
       "faults[0].kind: 'melt' is not a fault; right are disconnect, freeze, slow_connect, corrupt, "
       "black, burst, late_key, wrong_stamps, resize, node_crash, node_hang, node_slow, node_drain, "
       "link_delay, "
       "link_cut, scheduler_restart, clock_forward, "
       "clock_back, store_slow, store_full"},
      {with({{"for", {"5min", "10s"}}}),
       "faults[0].for: '[\"5min\",\"10s\"]' ends before it begins; write the shorter first"},
      {with({{"for", {"5min"}}}), "faults[0].for: '[\"5min\"]' is not a range; write [10s, 5min]"},
      {with({{"kind", "node_crash"}}), "faults[0].device: node_crash befalls a node; write node instead"},
      {json{{"at", "2026-03-01T01:00:00Z"}, {"node", "a"}, {"kind", "freeze"}, {"for", "90s"}},
       "faults[0].node: freeze befalls a camera; write device instead"},
      {json{{"at", "2026-03-01T01:00:00Z"},
            {"node", "a"},
            {"device", "b"},
            {"kind", "node_slow"},
            {"for", "90s"}},
       "faults[0].device: node_slow befalls a node; write node instead"},
      {json{{"at", "2026-03-01T01:00:00Z"}, {"node", "a"}, {"kind", "scheduler_restart"}, {"for", "90s"}},
       "faults[0].node: scheduler_restart befalls the scheduler; leave it out"},
      {json{{"draw", 3},
            {"from", "seed"},
            {"kinds", {"freeze", "node_hang"}},
            {"devices", "*"},
            {"for", "1s"}},
       "faults[0].kinds: freeze and node_hang do not befall the same; write two entries"},
      {from_chance, "faults[0].from: 'chance' cannot be drawn from; write seed"},
  };
  for (const WrongFault& wrong : table) {
    const auto read = read_faults(json::array({wrong.rule}));
    ASSERT_FALSE(read.has_value()) << wrong.rule;
    EXPECT_EQ(read.error().line(), wrong.line);
  }
  for (const json& rule : {with({{"at", "noon"}}), with({{"for", "soon"}}), with({{"colour", "red"}}),
                           no_kinds, with({{"by", -1}}), json("freeze")}) {
    const auto read = read_faults(json::array({rule}));
    ASSERT_FALSE(read.has_value()) << rule;
    EXPECT_EQ(read.error().where.rfind("faults[0]", 0), 0U) << read.error().line();
  }
}

TEST(Faults, APatternMatchesAnyCharactersForAStar) {
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("cam-*-b", "cam-12-b"));
  EXPECT_FALSE(matches("cam-*-b", "cam-12-c"));
  EXPECT_FALSE(matches("cam", "cam-1"));
}

}  // namespace
}  // namespace camfleet::sim
