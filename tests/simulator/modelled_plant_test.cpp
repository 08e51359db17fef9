#include "simulator/modelled_plant.hpp"

#include <gtest/gtest.h>

#include "tests/simulator/modelled_world.hpp"

namespace camfleet::sim {
namespace {

Fault fault(FaultKind kind, const std::string& from, const std::string& to, Duration by = seconds(5)) {
  return {DeviceIx{0}, kind, ModelledWorld::at(from), ModelledWorld::at(to), by};
}

/// The slice of the only camera with one fault.
nlohmann::json slice_with(const Fault& one) {
  ModelledWorld world;
  world.faults = {one};
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  EXPECT_EQ(run.rows.size(), 1U);
  return run.rows.at(0);
}

TEST(ModelledPlant, WithoutFaultsEverySampleIsAnalysed) {
  const ModelledWorld world;
  const auto run = world.run();
  ASSERT_EQ(run.rows.size(), 1U);
  EXPECT_EQ(run.broken, "");
  EXPECT_EQ(run.rows[0]["outcome"], "done");
  EXPECT_EQ(run.rows[0]["algorithms"][0]["analysed"], 24);
}

TEST(ModelledPlant, ADisconnectLosesTheSamplesThatPassUntilTheCameraIsBack) {
  const auto row = slice_with(fault(FaultKind::disconnect, "01:00:31", "01:00:52"));
  EXPECT_EQ(row["outcome"], "partial");
  EXPECT_EQ(row["reason"], "camera_offline");
  // Samples are due at :35, :40, :45 and :50; retries after 1, 2, 4, 8 and 16 s with jitter reach past :52.
  EXPECT_GE(row["algorithms"][0]["dropped"]["camera_offline"], 3);
  EXPECT_LE(row["algorithms"][0]["dropped"]["camera_offline"], 7);
}

TEST(ModelledPlant, AShortFreezeDelaysAndALongOneBreaksOff) {
  EXPECT_EQ(slice_with(fault(FaultKind::freeze, "01:00:29", "01:00:33"))["outcome"], "done");
  const auto row = slice_with(fault(FaultKind::freeze, "01:00:29", "01:00:50"));
  EXPECT_EQ(row["outcome"], "partial");
  EXPECT_EQ(row["reason"], "camera_offline");
}

TEST(ModelledPlant, CorruptFramesAreLostAsSuch) {
  const auto row = slice_with(fault(FaultKind::corrupt, "01:00:29", "01:00:41"));
  EXPECT_EQ(row["algorithms"][0]["dropped"], nlohmann::json({{"stream_corrupt", 3}}));
}

TEST(ModelledPlant, ASlowConnectTakesTheFirstSamples) {
  ModelledWorld world;
  world.faults = {fault(FaultKind::slow_connect, "00:59:50", "01:00:10", seconds(9))};
  world.fields = {{"ComputePictureValue", 2}};
  world.models.connect_least = world.models.connect_most = milliseconds(700);
  const auto run = world.run();
  ASSERT_EQ(run.rows.size(), 1U);
  // It connects 5 s early, and is there between the sample of 4 s and that of 6 s.
  EXPECT_EQ(run.rows[0]["algorithms"][0]["dropped"], nlohmann::json({{"camera_offline", 2}})) << run.rows[0];
}

TEST(ModelledPlant, ASlowConnectBeyondTheDeadlineFails) {
  const auto row = slice_with(fault(FaultKind::slow_connect, "00:59:50", "01:03:00", seconds(30)));
  EXPECT_EQ(row["outcome"], "missed");
}

TEST(ModelledPlant, TooFewCoresShedTheOldest) {
  ModelledWorld world;
  world.cameras = 12;
  world.workers = 1;
  const auto run = world.run();
  EXPECT_EQ(run.broken, "");
  EXPECT_GT(run.totals.dropped[static_cast<std::size_t>(Reason::overload)], 0U);
  EXPECT_EQ(run.totals.dropped[static_cast<std::size_t>(Reason::camera_offline)], 0U);
}

TEST(ModelledPlant, AFailureLongAfterTheLastFaultIsABrokenInvariant) {
  ModelledWorld world;
  world.models.connect_least = seconds(20);
  world.models.connect_most = seconds(20);
  EXPECT_NE(world.run().broken.find("its last fault was over long before"), std::string::npos);
}

TEST(ModelledPlant, MoreAnalysesThanCoresAreABrokenInvariant) {
  ModelledWorld world;
  world.cameras = 12;
  world.cores = 2;
  EXPECT_NE(world.run().broken.find("more ran at once than there are cores"), std::string::npos);
}

/// One fault at each event of a short run, one run each.
TEST(CameraFaultSweep, AFaultAtAnyEventKeepsEveryInvariant) {
  ModelledWorld world;
  world.cameras = 2;
  world.workers = 1;
  world.fields = {{"IsPolling", true},
                  {"SliceExecutionTime", 20},
                  {"OverallExecutionTime", 1},
                  {"ComputePictureValue", 2}};
  const auto clean = world.run();
  ASSERT_EQ(clean.broken, "");
  ASSERT_EQ(clean.totals.slices_due, 4U);
  ASSERT_GT(clean.events.size(), 150U);
  for (const Instant at : clean.events) {
    for (const FaultKind kind :
         {FaultKind::disconnect, FaultKind::freeze, FaultKind::slow_connect, FaultKind::corrupt}) {
      for (const Duration span : std::vector<Duration>{Duration(1), seconds(3), seconds(25)}) {
        world.faults = {{DeviceIx{0}, kind, at, at + span, seconds(4)}};
        const auto run = world.run();
        ASSERT_EQ(run.broken, "") << fault_names[static_cast<std::size_t>(kind)] << " at " << to_iso(at)
                                  << " for " << to_seconds(span) << " s";
        ASSERT_EQ(run.totals.slices_due, 4U);
      }
    }
  }
}

}  // namespace
}  // namespace camfleet::sim
