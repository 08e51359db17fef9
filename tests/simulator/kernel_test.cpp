#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulator/scripted_world.hpp"

namespace camfleet::sim {
namespace {

using nlohmann::json;

json polling(int slice_s, int every_min) {
  return {{"IsPolling", true}, {"SliceExecutionTime", slice_s}, {"OverallExecutionTime", every_min}};
}

TEST(Kernel, RunsAPolledWindowOfRecordedFootage) {
  ScriptedWorld world;
  for (int i = 0; i < 7; ++i) world.device("cam-" + std::to_string(i), DeviceKind::recorded);
  world.instance("rounds", polling(240, 10));
  world.run();
  expect_settled(world);
  const LedgerTotals& totals = world.book().ledger().totals();
  EXPECT_EQ(totals.slices_due, 42U);
  EXPECT_EQ(totals.slices[static_cast<int>(Outcome::done)], 42U);
  EXPECT_EQ(totals.peak, 3U);
  // Six rounds of 7 × 240 samples; device 2 begins 480 s after its round starts and loses 120 s to the close
  // in the last.
  EXPECT_EQ(totals.samples_due, 42U * 240U - 120U);
  EXPECT_EQ(totals.analysed, totals.samples_due);
}

TEST(Kernel, WritesTheRowOfALiveSlice) {
  ScriptedWorld world;
  world.device("gate", DeviceKind::live);
  world.instance("live", polling(10, 60));
  world.run();
  expect_settled(world);
  ASSERT_EQ(world.lines.size(), 1U);
  const json expected = json::parse(R"({"instance":"live","device":"gate","due_at":"2026-03-01T01:00:00Z",
      "started_at":"2026-03-01T01:00:00.002Z","ended_at":"2026-03-01T01:00:09.022Z","planned_s":10,"observed_s":10,"cut":false,
      "outcome":"done","reason":null,"node":"local","parts":[],
      "algorithms":[{"algorithm":"2","due":10,"analysed":10,"gated":0,"dropped":{}}]})");
  EXPECT_EQ(world.lines[0], expected) << world.lines[0];
}

TEST(Kernel, ALiveSliceOfAnOpenWindowIsDueOnceItsCameraCanHaveConnected) {
  ScriptedWorld world(parse_iso("2026-03-01T01:30:00Z").value());
  world.settings.until = world.start() + hours(1);
  world.device("gate", DeviceKind::live);
  world.device("tape", DeviceKind::recorded);
  world.instance("joined");
  world.instance("round", polling(600, 60));
  world.run();
  expect_settled(world);
  std::vector<std::string> rows;
  for (const json& line : world.lines) {
    rows.push_back(line["instance"].get<std::string>() + " " + line["device"].get<std::string>() + " " +
                   line["due_at"].get<std::string>().substr(11) + " " + line["outcome"].get<std::string>());
  }
  // In the polled one all slices of the round are over.
  EXPECT_THAT(rows,
              ::testing::UnorderedElementsAre("joined tape 01:30:00Z done", "joined gate 01:30:05Z done"));
}

TEST(Kernel, CameraThatIsOfflineIsMissedAndOthersAreNot) {
  ScriptedWorld world;
  const DeviceIx dead = world.device("dead", DeviceKind::live);
  world.device("fine", DeviceKind::live);
  world.instance("i", polling(60, 10));
  world.script.faults.push_back(
      {dead, world.start(), world.start() + hours(24), ScriptedFault::Kind::offline});
  world.run();
  expect_settled(world);
  for (const json& line : world.lines) {
    const bool is_dead = line["device"] == "dead";
    EXPECT_EQ(line["outcome"], is_dead ? "missed" : "done") << line;
    if (is_dead) {
      EXPECT_EQ(line["reason"], "camera_offline");
      EXPECT_TRUE(line["started_at"].is_null());
      EXPECT_EQ(line["observed_s"], 0);
    }
  }
  EXPECT_EQ(world.lines.size(), 12U);
}

TEST(Kernel, DisconnectInTheMiddleIsPartialAndReconnects) {
  ScriptedWorld world;
  const DeviceIx cam = world.device("cam", DeviceKind::live);
  world.instance("i", polling(60, 10));
  const Instant opens = world.start() + hours(1);
  world.script.faults.push_back(
      {cam, opens + seconds(20), opens + seconds(35), ScriptedFault::Kind::offline});
  world.run();
  expect_settled(world);
  ASSERT_EQ(world.lines.size(), 6U);
  EXPECT_EQ(world.lines[0]["outcome"], "partial");
  EXPECT_EQ(world.lines[0]["reason"], "camera_offline");
  const int dropped = world.lines[0]["algorithms"][0]["dropped"]["camera_offline"];
  EXPECT_GE(dropped, 14);
  EXPECT_LE(dropped, 30);
  EXPECT_EQ(world.lines[1]["outcome"], "done");
}

TEST(Kernel, FrozenCameraEndsItsSlicesAfterTheGrace) {
  ScriptedWorld world;
  const DeviceIx cam = world.device("cam", DeviceKind::live);
  world.instance("i", polling(60, 60));
  const Instant opens = world.start() + hours(1);
  world.script.faults.push_back({cam, opens + seconds(30), opens + hours(3), ScriptedFault::Kind::freeze});
  world.run();
  expect_settled(world);
  ASSERT_EQ(world.lines.size(), 1U);
  EXPECT_EQ(world.lines[0]["outcome"], "partial");
  EXPECT_EQ(world.lines[0]["algorithms"][0]["analysed"], 30);
  EXPECT_EQ(world.lines[0]["ended_at"], "2026-03-01T01:01:10Z");
}

TEST(Kernel, CorruptReadsAreDroppedOneByOne) {
  ScriptedWorld world;
  const DeviceIx cam = world.device("cam", DeviceKind::recorded);
  world.instance("i", polling(60, 60));
  const Instant opens = world.start() + hours(1);
  world.script.faults.push_back(
      {cam, opens + seconds(10), opens + seconds(15), ScriptedFault::Kind::corrupt});
  world.run();
  expect_settled(world);
  EXPECT_EQ(world.lines[0]["algorithms"][0]["dropped"], json::parse(R"({"stream_corrupt":5})"));
  EXPECT_EQ(world.lines[0]["observed_s"], 55);
}

TEST(Kernel, FailedAnalysesAreCounted) {
  ScriptedWorld world;
  const DeviceIx cam = world.device("cam", DeviceKind::recorded);
  world.instance("i", polling(60, 60));
  world.script.faults.push_back({cam, world.start(), world.start() + hours(9), ScriptedFault::Kind::failing});
  world.run();
  expect_settled(world);
  EXPECT_EQ(world.lines[0]["outcome"], "missed");
  EXPECT_EQ(world.lines[0]["reason"], "analysis_failed");
}

TEST(Kernel, RecordedFootageEnds) {
  ScriptedWorld world;
  world.device("clip", DeviceKind::recorded, seconds(90));
  world.instance("i", polling(60, 1));
  world.run();
  expect_settled(world);
  ASSERT_EQ(world.lines.size(), 60U);
  EXPECT_EQ(world.lines[0]["outcome"], "done");
  EXPECT_EQ(world.lines[1]["outcome"], "partial");
  EXPECT_EQ(world.lines[1]["algorithms"][0]["analysed"], 30);
  EXPECT_EQ(world.lines[2]["outcome"], "missed");
  EXPECT_EQ(world.lines[2]["reason"], "source_ended");
}

TEST(Kernel, OnceWithoutTimesLastsAsLongAsItsSource) {
  ScriptedWorld world;
  world.device("clip", DeviceKind::recorded, milliseconds(79'500));
  world.device("pictures", DeviceKind::pictures, Duration(0), 9);
  world.device("unknown", DeviceKind::recorded);
  world.instance("once", {{"ScheduleType", "ONCE"}, {"ScheduleTimes", nullptr}, {"ComputePictureValue", 2}});
  world.run();
  expect_settled(world);
  ASSERT_EQ(world.lines.size(), 3U);
  std::map<std::string, json> by_device;
  for (const json& line : world.lines) by_device[line["device"]] = line;
  EXPECT_EQ(by_device["clip"]["planned_s"], 79.5);
  EXPECT_EQ(by_device["clip"]["algorithms"][0]["due"], 40);
  EXPECT_EQ(by_device["pictures"]["algorithms"][0]["due"], 9);
  EXPECT_EQ(by_device["unknown"]["algorithms"][0]["due"], 1);
  for (const json& line : world.lines) EXPECT_EQ(line["outcome"], "done") << line;
}

TEST(Kernel, OnceOverALiveCameraRunsUntilItIsRemoved) {
  ScriptedWorld world;
  world.settings.until = end_of_time;
  world.device("cam", DeviceKind::live);
  const InstanceIx ix = world.instance("once", {{"ScheduleType", "ONCE"}, {"ScheduleTimes", nullptr}});
  world.run([&](auto& kernel) { kernel.remove_instance(ix, world.start() + milliseconds(100'500)); });
  expect_settled(world);
  ASSERT_EQ(world.lines.size(), 1U);
  EXPECT_EQ(world.lines[0]["outcome"], "done") << world.lines[0];
  // From five seconds after it was made.
  EXPECT_EQ(world.lines[0]["due_at"], to_iso(world.start() + seconds(5)));
  EXPECT_EQ(world.lines[0]["algorithms"][0]["due"], 96);
}

TEST(Kernel, RemovalCancelsWhatRunsAndNothingLaterIsDue) {
  ScriptedWorld world;
  for (int i = 0; i < 3; ++i) world.device("cam-" + std::to_string(i), DeviceKind::recorded);
  const InstanceIx ix = world.instance("i", polling(60, 2));
  world.run([&](auto& kernel) { kernel.remove_instance(ix, world.start() + hours(1) + seconds(90)); });
  expect_settled(world);
  // Offsets 0, 60 and 120 mod 120 = 0: two slices are through, one is 30 s in.
  ASSERT_EQ(world.lines.size(), 3U);
  EXPECT_EQ(world.lines[2]["outcome"], "partial");
  EXPECT_EQ(world.lines[2]["reason"], "cancelled");
}

TEST(Kernel, DevicesThatAreNotPulledAreSkipped) {
  ScriptedWorld world;
  world.device("cam", DeviceKind::live);
  world.instance("i", {{"Devices", {{{"DeviceId", "cam"}, {"StartStream", "false"}}}}});
  world.run();
  expect_settled(world);
  EXPECT_EQ(world.lines[0]["outcome"], "skipped");
  EXPECT_EQ(world.lines[0]["reason"], "stream_off");
  EXPECT_EQ(world.lines[0]["algorithms"][0]["dropped"]["stream_off"], 3600);
  EXPECT_EQ(world.plant().opens(), 0U);
}

TEST(Kernel, AWindowThatIsOpenIsJoined) {
  ScriptedWorld world(parse_iso("2026-03-01T01:10:30Z").value());
  world.device("a", DeviceKind::recorded, hours(2));
  world.device("b", DeviceKind::recorded, hours(2));
  world.settings.until = world.start() + minutes(20);
  world.instance("i", polling(60, 10));
  world.run();
  expect_settled(world);
  // Round 2 began at 01:10 with a; it is due for its last 30 s, b runs whole at 01:11.
  ASSERT_GE(world.lines.size(), 2U);
  EXPECT_EQ(world.lines[0]["device"], "a");
  EXPECT_EQ(world.lines[0]["due_at"], "2026-03-01T01:10:30Z");
  EXPECT_EQ(world.lines[0]["planned_s"], 30);
  EXPECT_EQ(world.lines[1]["due_at"], "2026-03-01T01:11:00Z");
  EXPECT_EQ(world.lines[1]["planned_s"], 60);
}

TEST(Kernel, TheEndOfTheRunCutsSlices) {
  ScriptedWorld world;
  world.device("a", DeviceKind::recorded);
  world.settings.until = world.start() + hours(1) + seconds(25);
  world.instance("i");
  world.run();
  expect_settled(world);
  ASSERT_EQ(world.lines.size(), 1U);
  EXPECT_EQ(world.lines[0]["cut"], true);
  EXPECT_EQ(world.lines[0]["planned_s"], 25);
  EXPECT_EQ(world.lines[0]["outcome"], "done");
}

TEST(Kernel, EveryFrameOwesWhatWasDelivered) {
  ScriptedWorld world;
  world.device("clip", DeviceKind::recorded, seconds(7));
  world.instance("i", {{"IsFrameExtraction", 1},
                       {"ScheduleTimes", {{{"StartTime", "01:00:00"}, {"EndTime", "01:00:10"}}}}});
  world.run();
  expect_settled(world);
  EXPECT_EQ(world.lines[0]["outcome"], "done") << world.lines[0];
  EXPECT_EQ(world.lines[0]["algorithms"][0]["due"], 175);
  EXPECT_EQ(world.lines[0]["observed_s"], 7);
  EXPECT_EQ(world.lines[0]["planned_s"], 10);
}

TEST(Kernel, InstancesShareOnePullOfALiveCamera) {
  ScriptedWorld world;
  world.device("cam", DeviceKind::live);
  world.settings.until = world.start() + hours(1) + minutes(5);
  world.instance("a");
  world.instance("b", {{"Algorithms",
                        {{{"AlgorithmId", "1"}, {"AlgorithmName", "face"}},
                         {{"AlgorithmId", "3"}, {"AlgorithmName", "motion"}}}}});
  world.run();
  expect_settled(world);
  EXPECT_EQ(world.plant().opens(), 1U);
  EXPECT_EQ(world.book().ledger().totals().analysed, 3U * 300U);
}

TEST(Kernel, LiveSamplesGiveWayWhenTheAnalyzerIsTooSlow) {
  ScriptedWorld world;
  for (int i = 0; i < 20; ++i) world.device("cam-" + std::to_string(i), DeviceKind::live);
  world.settings.until = world.start() + hours(1) + minutes(2);
  world.settings.analyzer.queue_limit = 8;
  world.script.analysis_delay = milliseconds(200);
  world.instance("i");
  world.run();
  expect_settled(world);
  const LedgerTotals& totals = world.book().ledger().totals();
  EXPECT_EQ(totals.samples_due, 20U * 120U);
  EXPECT_GT(totals.dropped[static_cast<int>(Reason::overload)], 1000U);
  EXPECT_GT(totals.analysed, 500U);
}

TEST(Kernel, RecordedFootageWaitsForASlowAnalyzer) {
  ScriptedWorld world;
  for (int i = 0; i < 20; ++i) world.device("clip-" + std::to_string(i), DeviceKind::recorded);
  world.settings.until = world.start() + hours(1) + minutes(2);
  world.settings.analyzer.queue_limit = 8;
  world.script.analysis_delay = milliseconds(200);
  world.instance("i");
  world.run();
  expect_settled(world);
  EXPECT_EQ(world.book().ledger().totals().analysed, 20U * 120U);
}

TEST(Kernel, TheSameSeedGivesTheSameLedgerAndAnotherPlanNever) {
  const auto run = [](std::uint64_t seed) {
    ScriptedWorld world;
    const DeviceIx cam = world.device("cam", DeviceKind::live);
    world.device("other", DeviceKind::live);
    world.settings.seed = seed;
    world.script.faults.push_back({cam, world.start() + hours(1) + seconds(3),
                                   world.start() + hours(1) + seconds(21), ScriptedFault::Kind::offline});
    world.instance("i", polling(60, 5));
    world.run();
    expect_settled(world);
    return std::pair(world.book().ledger().fingerprint(), world.book().ledger().plan_fingerprint());
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_EQ(run(1).second, run(2).second);
  std::set<std::string> fingerprints;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) fingerprints.insert(run(seed).first);
  EXPECT_GT(fingerprints.size(), 1U);
}

TEST(Kernel, TouchingWindowsWithALeadLoseNothing) {
  ScriptedWorld world;
  world.device("cam", DeviceKind::live);
  json fields = polling(1, 1);
  fields["ScheduleTimes"] = json::parse(
      R"([{"StartTime":"01:00:00","EndTime":"01:10:00"},{"StartTime":"01:10:00","EndTime":"01:20:00"}])");
  for (int i = 0; i < 59; ++i) world.device("cam-" + std::to_string(i), DeviceKind::live);
  world.instance("i", fields);
  world.run();
  expect_settled(world);
  EXPECT_EQ(world.lines.size(), 60U * 20U);
  for (const json& line : world.lines) ASSERT_EQ(line["outcome"], "done") << line;
}

}  // namespace
}  // namespace camfleet::sim
