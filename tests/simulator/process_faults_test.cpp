// A scheduler that begins anew, a clock that is put forward or back, and a process that fails at any event.
#include <gtest/gtest.h>

#include "tests/simulator/nodes_world.hpp"

namespace camfleet::sim {
namespace {

using nlohmann::json;

TEST(SchedulerRestart, ReopensSlicesOfAnEarlierWindow) {
  ModelledWorld world;
  world.fields = {{"ScheduleTimes",
                   {{{"StartTime", "01:00:00"}, {"EndTime", "01:01:00"}},
                    {{"StartTime", "01:01:00"}, {"EndTime", "01:02:00"}}}},
                  {"ComputePictureValue", 1}};
  // The last frames of the first window come after its end.
  world.faults = {
      {DeviceIx{0}, FaultKind::freeze, ModelledWorld::at("01:00:58.5"), ModelledWorld::at("01:01:02.5"), {}},
      node_fault(FaultKind::scheduler_restart, "01:01:01", "01:01:05")};
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  EXPECT_EQ(run.rows.size(), 2U);
}

TEST(SchedulerRestart, GoesOnFromTheStore) {
  for (const std::uint32_t nodes : {0U, 2U}) {
    ModelledWorld world = two_nodes();
    world.nodes = nodes;
    world.fields = {{"IsPolling", true}, {"SliceExecutionTime", 20}, {"OverallExecutionTime", 1}};
    const auto clean = world.run();
    // Slices of a round begin at :00, :20, :40 and, of the last device, with the first.
    world.faults = {node_fault(FaultKind::scheduler_restart, "01:00:30", "01:00:50")};
    const auto run = world.run();
    EXPECT_EQ(run.broken, "");
    EXPECT_EQ(run.plan_fingerprint, clean.plan_fingerprint);
    ASSERT_EQ(run.rows.size(), 8U);
    std::map<std::string, std::string> first_round;
    for (const json& row : run.rows) {
      if (row["due_at"].get<std::string>() >= "2026-03-01T01:01") {
        EXPECT_EQ(row["outcome"], "done") << row;
        continue;
      }
      first_round[row["device"]] = row["outcome"].get<std::string>() + " " + row["reason"].dump();
    }
    EXPECT_EQ(first_round, (std::map<std::string, std::string>{
                               {"cam-0", "done null"},
                               // A node goes on with it meanwhile.
                               {"cam-1", nodes > 0 ? "done null" : "missed \"scheduler_down\""},
                               {"tape-0", "done null"},
                               {"tape-1", "done null"}}));
  }
}

/// Both samples and parts of the only slices of a run on two nodes.
ModelledWorld::Run over_two_nodes(std::vector<Fault> faults) {
  ModelledWorld world = two_nodes();
  world.faults = std::move(faults);
  auto run = world.run();
  EXPECT_EQ(run.broken, "");
  EXPECT_EQ(run.rows.size(), 4U);
  return run;
}

TEST(SchedulerRestart, NodesGoOnWithoutIt) {
  for (const auto& [from, to] : {std::pair("01:00:30", "01:00:31"), std::pair("01:00:30", "01:01:20")}) {
    const auto run = over_two_nodes({node_fault(FaultKind::scheduler_restart, from, to)});
    for (const json& row : run.rows) {
      EXPECT_EQ(row["outcome"], "done") << row;
      EXPECT_TRUE(row["parts"].empty()) << row;
    }
  }
}

TEST(SchedulerRestart, WhatEndsMeanwhileIsKept) {
  // The window is two minutes long.
  const auto run = over_two_nodes({node_fault(FaultKind::scheduler_restart, "01:01:30", "01:03:00")});
  for (const json& row : run.rows) EXPECT_EQ(row["outcome"], "done") << row;
}

TEST(SchedulerRestart, NodesGoOnForTenMinutesAtMost) {
  ModelledWorld world = two_nodes();
  world.fields = {{"ScheduleTimes", {{{"StartTime", "01:00:00"}, {"EndTime", "01:30:00"}}}},
                  {"ComputePictureValue", 5}};
  world.faults = {node_fault(FaultKind::scheduler_restart, "01:05:00", "01:17:00")};
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  EXPECT_EQ(row_of(run, "cam-0")["outcome"], "partial") << row_of(run, "cam-0");
  EXPECT_EQ(row_of(run, "cam-0")["reason"], "scheduler_down");
  EXPECT_EQ(row_of(run, "tape-0")["outcome"], "done") << "footage begins anew";
}

TEST(SchedulerRestart, WhoIsCutOffMeanwhileGivesUp) {
  // Silence: behind the line there may be a scheduler that gives its slices to others.
  const auto run = over_two_nodes({node_fault(FaultKind::scheduler_restart, "01:00:30", "01:00:40"),
                                   node_fault(FaultKind::link_cut, "01:00:32", "01:01:00")});
  std::size_t partial = 0;
  for (const json& row : run.rows) {
    if (row["outcome"] == "partial") ++partial;
    EXPECT_TRUE(row["outcome"] == "done" || row["reason"] == "scheduler_down") << row;
  }
  EXPECT_GE(partial, 1U);
}

TEST(SchedulerRestart, WhatHadMovedKeepsItsParts) {
  // The first node is lost for good, then the scheduler.
  const auto run = over_two_nodes({node_fault(FaultKind::node_crash, "01:00:20", "01:20:00"),
                                   node_fault(FaultKind::scheduler_restart, "01:00:40", "01:00:45")});
  std::size_t moved = 0;
  for (const json& row : run.rows) {
    const json& account = row["algorithms"][0];
    if (row["parts"].empty()) continue;
    ++moved;
    EXPECT_EQ(row["parts"].size(), 2U) << row;
    EXPECT_FALSE(account["dropped"].contains("scheduler_down")) << row;
    EXPECT_GE(account["analysed"].get<int>(), account["due"].get<int>() - 5) << row;
  }
  EXPECT_GE(moved, 1U);
}

TEST(SchedulerRestart, ALiveSliceUnderWayHasItsRest) {
  ModelledWorld world;
  world.fields = {{"ComputePictureValue", 1}};
  world.faults = {node_fault(FaultKind::scheduler_restart, "01:00:30", "01:00:50")};
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  ASSERT_EQ(run.rows.size(), 1U);
  EXPECT_EQ(run.rows[0]["due_at"], "2026-03-01T01:00:00Z");
  EXPECT_EQ(run.rows[0]["outcome"], "partial");
  EXPECT_EQ(run.rows[0]["reason"], "scheduler_down");
  EXPECT_GE(run.rows[0]["algorithms"][0]["analysed"], 68);
  EXPECT_LE(run.rows[0]["algorithms"][0]["analysed"], 70);
}

TEST(ClockJump, ForwardMakesThePassedSlicesMissed) {
  ModelledWorld world;
  world.cameras = 3;
  world.fields = {{"IsPolling", true}, {"SliceExecutionTime", 20}, {"OverallExecutionTime", 1}};
  world.faults = {node_fault(FaultKind::clock_forward, "01:00:05", "01:00:55")};
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  ASSERT_EQ(run.rows.size(), 6U);
  // The slice that ran, the one that passed whole, and the one that has five seconds left.
  EXPECT_EQ(row_of(run, "cam-0")["outcome"], "partial") << row_of(run, "cam-0");
  EXPECT_EQ(row_of(run, "cam-1")["outcome"], "missed") << row_of(run, "cam-1");
  EXPECT_EQ(row_of(run, "cam-1")["reason"], "late_start");
  EXPECT_EQ(row_of(run, "cam-2")["outcome"], "partial") << row_of(run, "cam-2");
  for (const json& row : run.rows) {
    const bool later = row["due_at"].get<std::string>() >= "2026-03-01T01:01";
    EXPECT_TRUE(!later || row["outcome"] == "done") << row;
  }
}

TEST(ClockJump, BackMakesNothingDueTwice) {
  ModelledWorld world;
  world.cameras = 3;
  world.fields = {{"IsPolling", true}, {"SliceExecutionTime", 20}, {"OverallExecutionTime", 1}};
  const auto clean = world.run();
  world.faults = {node_fault(FaultKind::clock_back, "01:00:30", "01:00:55")};
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  EXPECT_EQ(run.plan_fingerprint, clean.plan_fingerprint);
  for (const json& row : run.rows) EXPECT_EQ(row["outcome"], "done") << row;
}

TEST(ClockJump, MovesNoLease) {
  // A node whose lease followed the clock would be given up, and its slice go on in a second part.
  for (const FaultKind kind : {FaultKind::clock_forward, FaultKind::clock_back}) {
    ModelledWorld world;
    world.nodes = 1;
    world.faults = {node_fault(kind, "01:00:30", "01:00:40")};
    const auto run = world.run();
    EXPECT_EQ(run.broken, "");
    ASSERT_EQ(run.rows.size(), 1U);
    EXPECT_EQ(run.rows[0]["parts"], json::array()) << fault_names[static_cast<std::size_t>(kind)];
    const bool back = kind == FaultKind::clock_back;
    EXPECT_EQ(run.rows[0]["outcome"], back ? "done" : "partial") << run.rows[0];
    EXPECT_EQ(run.rows[0]["reason"], back ? json(nullptr) : json("late_start")) << run.rows[0];
  }
}

TEST(ClusterEnd, ComesThoughANodeIsCutOffForLong) {
  for (const FaultKind kind : {FaultKind::link_cut, FaultKind::node_hang}) {
    ModelledWorld world = two_nodes();
    const std::size_t usual = world.run().events.size();
    world.faults = {
        node_fault(kind, 0, ModelledWorld::at("01:01:30"), ModelledWorld::at("01:01:30") + hours(24 * 10))};
    const auto run = world.run();
    EXPECT_EQ(run.broken, "");
    EXPECT_EQ(run.rows.size(), 4U);
    EXPECT_LT(run.events.size(), usual * 2) << "nobody beats for ten days";
  }
}

TEST(ClusterEnd, LeavesTheSameLedgerEachTime) {
  ModelledWorld world = two_nodes();
  world.faults = {
      node_fault(FaultKind::node_crash, 0, ModelledWorld::at("01:00:30"), ModelledWorld::at("01:20:00")),
      node_fault(FaultKind::node_crash, 1, ModelledWorld::at("01:00:40"), ModelledWorld::at("01:20:00")),
      {.device = {},
       .kind = FaultKind::store_slow,
       .from = ModelledWorld::at("01:00:00"),
       .to = ModelledWorld::at("01:10:00"),
       .by = seconds(30)}};
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  ASSERT_EQ(run.rows.size(), 4U);
  for (const json& row : run.rows) EXPECT_EQ(row["node"].get<std::string>().substr(0, 5), "node-") << row;
}

TEST(SchedulerRestart, FootageThatIsDueAgainWaitsForItsNodes) {
  ModelledWorld world = two_nodes();
  world.cameras = 0;
  world.faults = {node_fault(FaultKind::scheduler_restart, "01:01:30", "01:03:30")};
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  ASSERT_EQ(run.rows.size(), 2U);
  for (const json& row : run.rows) EXPECT_EQ(row["outcome"], "done") << row;
}

/// One fault of a process at each event of a short run, one run each: nothing is lost twice or counted twice.
class ProcessFaultSweep : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(ProcessFaultSweep, AFaultOfAProcessAtAnyEventKeepsEveryInvariant) {
  ModelledWorld world = two_nodes();
  world.nodes = GetParam();
  world.workers = 1;
  world.fields = {{"IsPolling", true},
                  {"SliceExecutionTime", 20},
                  {"OverallExecutionTime", 1},
                  {"ComputePictureValue", 5}};
  const auto clean = world.run();
  ASSERT_EQ(clean.broken, "");
  ASSERT_EQ(clean.totals.slices_due, 8U);
  std::vector<FaultKind> kinds{FaultKind::scheduler_restart, FaultKind::store_slow, FaultKind::store_full};
  if (world.nodes == 0) kinds.insert(kinds.end(), {FaultKind::clock_forward, FaultKind::clock_back});
  if (world.nodes > 0)
    kinds.insert(kinds.end(), {FaultKind::node_crash, FaultKind::node_hang, FaultKind::node_slow,
                               FaultKind::link_delay, FaultKind::link_cut});
  Instant last{};
  for (const Instant at : clean.events) {
    // Heartbeats alone say little about the minutes before and after.
    if (at == last || at < ModelledWorld::at("00:59:54") || at > ModelledWorld::at("01:02:20")) continue;
    last = at;
    for (const FaultKind kind : kinds) {
      for (const Duration span : std::vector<Duration>{milliseconds(1), milliseconds(1700), seconds(25)}) {
        world.faults = {node_fault(kind, 0, at, at + span)};
        const auto run = world.run();
        ASSERT_EQ(run.broken, "") << fault_names[static_cast<std::size_t>(kind)] << " at " << to_iso(at)
                                  << " for " << to_seconds(span) << " s";
        ASSERT_EQ(run.plan_fingerprint, clean.plan_fingerprint);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Processes, ProcessFaultSweep, ::testing::Values(0U, 2U),
                         [](const auto& one) { return one.param == 0 ? "one" : "of_a_fleet"; });

}  // namespace
}  // namespace camfleet::sim
