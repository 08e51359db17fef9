// A fleet of several nodes on the kernel: what is lost with a node goes on elsewhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulator/nodes_world.hpp"

namespace camfleet::sim {
namespace {

using nlohmann::json;
using testing::Each;
using testing::HasSubstr;

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

/// Cameras that refuse a second connection.
ModelledWorld cameras_of_one_connection() {
  ModelledWorld world = two_nodes();
  world.url = "rtsp://camera#connections=1";
  world.models.connect_least = world.models.connect_most = milliseconds(1200);
  return world;
}

TEST(Nodes, ADrainedNodeGivesUpACameraOfOneConnectionFirst) {
  ModelledWorld world = cameras_of_one_connection();
  world.faults = {node_fault(FaultKind::node_drain, "01:00:30.2", "01:05:00")};
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  const json& camera = row_of(run, "cam-0");
  ASSERT_EQ(camera["parts"].size(), 2U) << camera;
  EXPECT_EQ(camera["parts"][0]["why"], "drained");
  EXPECT_LT(between(camera["parts"][0]), 30.7) << "it does not wait until the other one is connected";
  EXPECT_GE(camera["algorithms"][0]["analysed"], 118)
      << "what passed while the other one connected: " << camera;
  EXPECT_EQ(row_of(run, "cam-1")["outcome"], "done");
}

TEST(Nodes, ACameraOfOneConnectionMovesToANodeThatJoins) {
  ModelledWorld world = cameras_of_one_connection();
  world.cameras = 4;
  // One before the window, when cameras are connected for their slices, and one amid them.
  for (const char* joins : {"00:59:57", "01:00:30.2"}) {
    world.joins = {ModelledWorld::at("00:59:00"), ModelledWorld::at(joins)};
    const auto run = world.run();
    EXPECT_EQ(run.broken, "");
    int moved = 0;
    for (const json& row : run.rows) {
      if (row["parts"].size() > 1) {
        ++moved;
        EXPECT_EQ(row["parts"][0]["why"], "moved") << row;
      }
      EXPECT_GE(row["algorithms"][0]["analysed"], 118) << row;
    }
    EXPECT_EQ(moved > 0, std::string(joins) > "01") << joins;
  }
}

TEST(Nodes, FootageThatSaysSoLeavesADrainedNodeAllTheSame) {
  ModelledWorld world = cameras_of_one_connection();
  world.cameras = 0;
  world.tape_url = "file:///tape.mp4#connections=1";
  world.faults = {node_fault(FaultKind::node_drain, "01:00:30.2", "01:05:00")};
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  EXPECT_EQ(row_of(run, "tape-0")["parts"][0]["why"], "drained") << row_of(run, "tape-0");
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
  // Something is found in every sample, so that each that is analysed twice shows.
  world.models.findings_per_mille = 1000;
  // The slices of the window begin while node-0 is cut off, and run on node-1.
  world.faults = {node_fault(FaultKind::link_cut, "00:59:59.9", "01:01:00")};
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  EXPECT_GT(run.analyses, 200U);
  EXPECT_EQ(run.found_again, 0U);
  // A node that is cut off while its slices run looks at samples that the other one looks at, too.
  world.faults = {node_fault(FaultKind::link_cut, "01:00:30.2", "01:01:10")};
  EXPECT_GT(world.run().found_again, 0U);
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
    const auto clean = world.run();
    world.lose_one_in = 100;
    const auto run = world.run();
    if (run.broken.empty()) {
      EXPECT_EQ(run.ledger, clean.ledger)
          << "seed " << seed << ": what is lost shows, or makes no difference";
      continue;
    }
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

}  // namespace
}  // namespace camfleet::sim
