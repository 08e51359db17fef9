// A fleet of several nodes on the kernel: what is lost with a node goes on elsewhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulator/modelled_world.hpp"

namespace camfleet::sim {
namespace {

using nlohmann::json;
using testing::Each;
using testing::HasSubstr;

Fault node_fault(FaultKind kind, std::uint32_t node, Instant from, Instant to) {
  return {DeviceIx{0}, kind, from, to, milliseconds(400), NodeIx{node}, 3};
}

Fault node_fault(FaultKind kind, const std::string& from, const std::string& to) {
  return node_fault(kind, 0, ModelledWorld::at(from), ModelledWorld::at(to));
}

/// One camera and one tape, both on the first of two nodes once its turn comes.
ModelledWorld two_nodes() {
  ModelledWorld world;
  world.nodes = 2;
  world.cameras = 2;
  world.tapes = 2;
  world.fields = {{"ComputePictureValue", 1}};
  return world;
}

const json& row_of(const ModelledWorld::Run& run, const std::string& device) {
  for (const json& row : run.rows) {
    if (row["device"] == device) return row;
  }
  ADD_FAILURE() << device << " has no row";
  return run.rows.front();
}

double between(const json& part) {
  return std::chrono::duration<double>(parse_iso(part["to"].get<std::string>()).value() -
                                       parse_iso(part["from"].get<std::string>()).value())
      .count();
}

TEST(Nodes, WithoutFaultsEachSliceStaysOnItsNode) {
  const auto run = two_nodes().run();
  EXPECT_EQ(run.broken, "");
  ASSERT_EQ(run.rows.size(), 4U);
  std::map<std::string, int> by_node;
  for (const json& row : run.rows) {
    EXPECT_EQ(row["outcome"], "done") << row;
    EXPECT_EQ(row["parts"], json::array());
    ++by_node[row["node"]];
  }
  EXPECT_EQ(by_node, (std::map<std::string, int>{{"node-0", 2}, {"node-1", 2}}));
}

TEST(Nodes, WhatACrashedNodeRanGoesOnElsewhere) {
  ModelledWorld world = two_nodes();
  world.faults = {node_fault(FaultKind::node_crash, "01:00:30.95", "01:05:00")};
  world.models.connect_least = world.models.connect_most = milliseconds(1200);
  // A sample is through a second after the one before, so that its node has told of each.
  world.models.delivery_least = world.models.delivery_most;
  world.models.jitter_percent = 0;
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  const json& camera = row_of(run, "cam-0");
  ASSERT_EQ(camera["parts"].size(), 2U) << camera;
  EXPECT_EQ(camera["parts"][0]["node"], "node-0");
  EXPECT_EQ(camera["parts"][0]["why"], "node_lost");
  EXPECT_EQ(camera["parts"][1]["node"], "node-1");
  EXPECT_EQ(camera["parts"][1]["why"], nullptr);
  EXPECT_EQ(camera["outcome"], "partial");
  EXPECT_EQ(camera["algorithms"][0]["dropped"], json({{"node_lost", 1}})) << "what passed while it connected";
  const json& tape = row_of(run, "tape-0");
  EXPECT_EQ(tape["outcome"], "done") << tape;
  EXPECT_EQ(tape["parts"].size(), 2U);
  EXPECT_EQ(tape["algorithms"][0]["analysed"], 120);
}

TEST(Nodes, ASliceIsDoneWhenNothingWasLostOnTheWay) {
  ModelledWorld world = two_nodes();
  world.fields = {{"ComputePictureValue", 5}};
  world.faults = {node_fault(FaultKind::node_crash, "01:00:31", "01:05:00")};
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  const json& camera = row_of(run, "cam-0");
  EXPECT_EQ(camera["parts"].size(), 2U) << camera;
  EXPECT_EQ(camera["outcome"], "done");
}

TEST(Nodes, ASilentNodeIsGivenUpWithinTwoSeconds) {
  for (const FaultKind kind : {FaultKind::node_hang, FaultKind::link_cut}) {
    ModelledWorld world = two_nodes();
    world.faults = {node_fault(kind, "01:00:30.2", "01:01:10")};
    const auto run = world.run();
    EXPECT_EQ(run.broken, "");
    const json& camera = row_of(run, "cam-0");
    ASSERT_GE(camera["parts"].size(), 2U) << camera;
    EXPECT_LE(between(camera["parts"][0]), 32.3) << camera;
    EXPECT_EQ(row_of(run, "tape-0")["outcome"], "done") << row_of(run, "tape-0");
  }
}

TEST(Nodes, ABadLineDoesNotThrowSlicesAbout) {
  ModelledWorld world = two_nodes();
  world.faults = {node_fault(FaultKind::link_delay, "01:00:10", "01:01:50")};
  world.faults[0].by = seconds(1);  // a heartbeat is answered after the lease is over
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  EXPECT_EQ(row_of(run, "cam-0")["parts"].size(), 2U) << row_of(run, "cam-0");
  EXPECT_EQ(row_of(run, "cam-0")["node"], "node-1");
}

TEST(Nodes, AShortCutIsNotNoticed) {
  ModelledWorld world = two_nodes();
  world.faults = {node_fault(FaultKind::link_cut, "01:00:30.2", "01:00:31.1")};
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  EXPECT_EQ(run.rows.size(), 4U);
  for (const json& row : run.rows) EXPECT_EQ(row["outcome"], "done") << row;
}

TEST(Nodes, WithoutAnyNodeSlicesWaitUntilTheyWouldHaveEnded) {
  ModelledWorld world = two_nodes();
  const auto at = ModelledWorld::at;
  world.faults = {node_fault(FaultKind::node_crash, 0, at("01:00:30"), at("01:01:30")),
                  node_fault(FaultKind::node_crash, 1, at("01:00:30"), at("01:20:00"))};
  const auto back = world.run();
  EXPECT_EQ(back.broken, "");
  const json& camera = row_of(back, "cam-1");
  EXPECT_EQ(camera["reason"], "node_lost") << camera;
  EXPECT_GE(camera["algorithms"][0]["analysed"], 56) << camera;
  EXPECT_LE(camera["algorithms"][0]["analysed"], 60) << camera;
  world.faults[0].to = at("01:20:00");
  const auto gone = world.run();
  EXPECT_EQ(gone.broken, "");
  EXPECT_EQ(gone.rows.size(), 4U);
  for (const json& row : gone.rows) {
    EXPECT_EQ(row["reason"], "node_lost") << row;
    EXPECT_LE(row["algorithms"][0]["analysed"], 31) << row;
    EXPECT_EQ(row["ended_at"], "2026-03-01T01:02:00Z") << row;
  }
  for (Fault& fault : world.faults) fault.from = at("00:59:30");
  const auto never = world.run();
  EXPECT_EQ(never.broken, "");
  EXPECT_EQ(never.rows.size(), 4U);
  for (const json& row : never.rows) {
    EXPECT_EQ(row["outcome"], "missed") << row;
    EXPECT_EQ(row["node"], nullptr) << row;
  }
}

TEST(Nodes, WhatWasOnItsWayToALostNodeIsNotRunThere) {
  ModelledWorld world = two_nodes();
  const auto clean = world.run();
  // The slices of the window begin while node-0 is cut off, and run on node-1.
  world.faults = {node_fault(FaultKind::link_cut, "00:59:59.9", "01:01:00")};
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  EXPECT_LE(run.analyses, clean.analyses) << "none is analysed twice";
}

TEST(Nodes, AWindowThatIsOpenAtTheStartBlamesNoNode) {
  ModelledWorld world = two_nodes();
  world.fields["ScheduleTimes"] = {{{"StartTime", "00:50:00"}, {"EndTime", "01:02:00"}}};
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  EXPECT_EQ(run.rows.size(), 4U);
  for (const json& row : run.rows) EXPECT_NE(row["reason"], "node_lost") << row;
}

TEST(Nodes, ALostMessageEndsInABrokenInvariant) {
  int broken = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    ModelledWorld world = two_nodes();
    world.seed = seed;
    world.lose_one_in = 100;
    const auto run = world.run();
    if (run.broken.empty()) continue;
    ++broken;
    // Who waits for what is said of every slice without an outcome.
    if (run.broken.find("have no outcome") == std::string::npos) continue;
    EXPECT_THAT(run.waits, Each(HasSubstr(" waits "))) << run.broken;
    EXPECT_FALSE(run.waits.empty());
  }
  EXPECT_GE(broken, 4) << "and in the end of the run";
}

/// Sixty cameras that are looked at in turn, ten at a time; a slice keeps seven tenths of a core busy.
ModelledWorld many_cameras(std::uint32_t nodes, std::uint32_t acu) {
  ModelledWorld world;
  world.nodes = nodes;
  world.workers = acu;
  world.cameras = 60;
  world.models.costs.decode_per_second.clear();
  world.models.costs.analyse_default = milliseconds(600);
  world.fields = {{"IsPolling", true},
                  {"SliceExecutionTime", 10},
                  {"OverallExecutionTime", 1},
                  {"ComputePictureValue", 1}};
  return world;
}

TEST(Nodes, NothingIsLostWhereEachCarriesItsShare) {
  for (std::uint32_t nodes = 2; nodes <= 16; ++nodes) {
    const auto run = many_cameras(nodes, (10 + nodes - 1) / nodes + 1).run();
    EXPECT_EQ(run.broken, "");
    EXPECT_EQ(run.totals.analysed, run.totals.samples_due) << nodes << " nodes";
    EXPECT_EQ(run.totals.samples_due, 1200U);
  }
}

TEST(Nodes, TheLossOfOneOfTwoImprovesNothing) {
  ModelledWorld world = many_cameras(2, 5);
  const auto clean = world.run();
  world.faults = {node_fault(FaultKind::node_crash, "01:00:20.5", "01:00:50")};
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  EXPECT_EQ(clean.totals.analysed, clean.totals.samples_due);
  EXPECT_LT(run.totals.analysed, clean.totals.analysed);
}

TEST(Nodes, HaveARowEach) {
  const auto run = many_cameras(3, 5).run();
  ASSERT_EQ(run.nodes.size(), 3U);
  std::uint64_t slices = 0;
  std::uint64_t samples = 0;
  Duration core_time{0};
  for (const NodeUse& node : run.nodes) {
    EXPECT_EQ(node.acu, 5U);
    EXPECT_GE(node.peak, milliseconds(3 * 700)) << node.id;
    EXPECT_LE(node.peak, milliseconds(5 * 700)) << node.id;
    EXPECT_EQ(node.lost, 0U);
    slices += node.slices;
    samples += node.samples;
    core_time += node.core_time.value();
  }
  EXPECT_EQ(slices, run.totals.slices_due);
  EXPECT_EQ(samples, run.totals.samples_due);
  EXPECT_EQ(core_time, run.core_time);
}

TEST(Nodes, HaveTheirSharesOfWhatMoved) {
  ModelledWorld world = two_nodes();
  world.faults = {node_fault(FaultKind::node_crash, "01:00:30.95", "01:05:00")};
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  ASSERT_EQ(run.nodes.size(), 2U);
  EXPECT_EQ(run.nodes[0].slices, 2U);
  EXPECT_EQ(run.nodes[1].slices, 4U) << "two of its own, two that came";
  EXPECT_EQ(run.nodes[0].samples + run.nodes[1].samples, run.totals.samples_due);
  EXPECT_NEAR(static_cast<double>(run.nodes[0].samples), 62, 3) << "half a minute of a camera and a tape";
  EXPECT_EQ(run.nodes[0].lost + run.nodes[1].lost, run.totals.samples_due - run.totals.analysed);
  EXPECT_EQ(run.nodes[0].peak, milliseconds(2 * (50 + 98)));
  EXPECT_EQ(run.nodes[1].peak, milliseconds(4 * (50 + 98)));
  EXPECT_EQ(run.nodes[0].core_time.value() + run.nodes[1].core_time.value(), run.core_time);
}

TEST(Nodes, WithoutAnyTheProcessIsTheOnlyOne) {
  ModelledWorld world = two_nodes();
  world.nodes = 0;
  world.models.jitter_percent = 0;
  for (const bool counted : {false, true}) {
    world.counted = counted;
    const auto run = world.run();
    ASSERT_EQ(run.nodes.size(), 1U);
    EXPECT_EQ(run.nodes[0].slices, 4U);
    EXPECT_EQ(run.nodes[0].samples, 480U);
    EXPECT_EQ(run.nodes[0].lost, 0U);
    EXPECT_EQ(run.nodes[0].peak, milliseconds(4 * (50 + 98)));
    EXPECT_EQ(run.nodes[0].core_time, milliseconds(480 * (50 + 98)));
  }
  world.counted = false;
  world.faults = {node_fault(FaultKind::scheduler_restart, "01:00:30", "01:00:50")};
  const auto run = world.run();
  EXPECT_EQ(run.nodes[0].peak, milliseconds(4 * (50 + 98))) << "what ran before is not there any more";
}

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
    EXPECT_EQ(first_round, (std::map<std::string, std::string>{{"cam-0", "done null"},
                                                               {"cam-1", "missed \"scheduler_down\""},
                                                               {"tape-0", "done null"},
                                                               {"tape-1", "done null"}}));
  }
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
