// What a process loses that ends between two commits, and what a store that is slow or full does.
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulator/modelled_world.hpp"

namespace camfleet::sim {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

Fault store_fault(FaultKind kind, const std::string& from, const std::string& to) {
  return {DeviceIx{}, kind, ModelledWorld::at(from), ModelledWorld::at(to), seconds(30)};
}

/// Two cameras and two tapes, all due at once for two minutes.
ModelledWorld together() {
  ModelledWorld world;
  world.cameras = 2;
  world.tapes = 2;
  world.workers = 16;
  return world;
}

std::set<std::string> devices_of(const std::vector<json>& rows) {
  std::set<std::string> devices;
  for (const json& row : rows) devices.insert(row["device"].get<std::string>());
  return devices;
}

TEST(StoreModel, AProcessThatEndsBetweenTwoCommitsLeavesNothingOut) {
  ModelledWorld world = together();
  const auto clean = world.run();
  ASSERT_EQ(clean.rows.size(), 4U);
  // The first slice is committed alone; the other three wait for the commit after it.
  for (const char* ends : {"01:00:00.001", "01:00:00.006", "01:00:00.009", "01:00:00.011"}) {
    world.faults = {store_fault(FaultKind::scheduler_restart, ends, "01:00:01")};
    const auto run = world.run();
    EXPECT_EQ(run.broken, "") << ends;
    EXPECT_EQ(run.plan_fingerprint, clean.plan_fingerprint) << ends;
    EXPECT_EQ(run.rows.size(), 4U) << ends;
    EXPECT_EQ(devices_of(run.rows).size(), 4U) << ends;
  }
}

TEST(StoreModel, FootageWhoseRowWasLostIsLookedAtAgain) {
  ModelledWorld world;
  world.cameras = 0;
  world.tapes = 1;
  const auto clean = world.run();
  ASSERT_EQ(clean.rows.back()["outcome"], "done");
  const Instant ended = parse_iso(clean.rows.back()["ended_at"].get<std::string>()).value();
  // The row waits for its commit, or has become durable.
  for (const Duration after : {milliseconds(1), milliseconds(10)}) {
    world.faults = {
        {DeviceIx{}, FaultKind::scheduler_restart, ended + after, ended + after + seconds(10), {}}};
    const auto run = world.run();
    EXPECT_EQ(run.broken, "");
    ASSERT_EQ(run.rows.size(), 1U);
    EXPECT_EQ(run.rows[0]["outcome"], "done");
    EXPECT_EQ(run.analyses, clean.analyses * (after == milliseconds(1) ? 2 : 1));
  }
}

TEST(StoreModel, ASlowStoreLosesMore) {
  ModelledWorld world;
  world.cameras = 0;
  world.tapes = 3;
  world.fields = {{"IsPolling", true}, {"SliceExecutionTime", 20}, {"OverallExecutionTime", 1}};
  const auto clean = world.run();
  world.faults = {store_fault(FaultKind::scheduler_restart, "01:00:24", "01:00:26")};
  const auto quick = world.run();
  world.faults.push_back(store_fault(FaultKind::store_slow, "01:00:15", "01:00:24"));
  const auto slow = world.run();
  for (const auto* run : {&quick, &slow}) {
    EXPECT_EQ(run->broken, "");
    EXPECT_EQ(run->plan_fingerprint, clean.plan_fingerprint);
  }
  // What ended before 01:00:20 was not written down.
  EXPECT_GT(slow.analyses, quick.analyses);
  world.faults = {store_fault(FaultKind::store_slow, "01:00:15", "01:00:24")};
  const auto alone = world.run();
  EXPECT_EQ(alone.broken, "");
  EXPECT_EQ(alone.rows.size(), clean.rows.size()) << "all is written in the end";
  EXPECT_EQ(alone.totals.analysed, clean.totals.analysed);
}

TEST(StoreModel, AFullStoreHoldsTheScheduler) {
  ModelledWorld world;
  world.fields = {{"IsPolling", true},
                  {"SliceExecutionTime", 10},
                  {"OverallExecutionTime", 1},
                  {"ComputePictureValue", 1},
                  {"ScheduleTimes", {{{"StartTime", "01:00:00"}, {"EndTime", "01:06:00"}}}}};
  world.faults = {store_fault(FaultKind::store_full, "01:01:05", "01:04:03.5")};
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  std::vector<std::string> rows;
  for (const json& row : run.rows)
    rows.push_back(row["due_at"].get<std::string>().substr(14, 5) + " " + row["outcome"].get<std::string>() +
                   (row["reason"].is_null() ? "" : " " + row["reason"].get<std::string>()));
  EXPECT_THAT(rows, ElementsAre("00:00 done", "01:00 partial store_behind", "02:00 missed store_behind",
                                "03:00 missed store_behind", "04:00 partial store_behind", "05:00 done"));
  // A process that ends meanwhile has written down nothing of the slice that was under way.
  world.faults.push_back(store_fault(FaultKind::scheduler_restart, "01:02:00", "01:02:30"));
  const auto restarted = world.run();
  EXPECT_EQ(restarted.broken, "");
  EXPECT_EQ(restarted.plan_fingerprint, run.plan_fingerprint);
  EXPECT_EQ(restarted.rows.size(), 6U);
}

TEST(StoreModel, DeletedIsDeletedAlsoForTheNextProcess) {
  ModelledWorld world = together();
  world.removed_at = ModelledWorld::at("01:00:30");
  // What was cancelled is not written down yet.
  world.faults = {store_fault(FaultKind::scheduler_restart, "01:00:30.002", "01:00:40")};
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  ASSERT_EQ(run.rows.size(), 4U);
  for (const json& row : run.rows) {
    EXPECT_EQ(row["outcome"], "missed") << row;
    EXPECT_EQ(row["reason"], "cancelled") << row;
    EXPECT_EQ(row["algorithms"][0]["dropped"]["cancelled"], 24) << row;
  }
}

}  // namespace
}  // namespace camfleet::sim
