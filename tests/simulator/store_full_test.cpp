// A store that takes nothing more for a while: what is due meanwhile is not begun, and has its row
// afterwards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulator/scripted_world.hpp"

namespace camfleet::sim {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

const json every_minute = {{"IsPolling", true}, {"SliceExecutionTime", 10}, {"OverallExecutionTime", 1}};

Instant at(std::string_view time) {
  return parse_iso("2026-03-01T" + std::string(time) + "Z").value();
}

/// "01:05:00 missed store_behind 10", with the samples that were dropped for that, of one device.
std::vector<std::string> rows_of(const ScriptedWorld& world, const std::string& device) {
  std::vector<std::string> rows;
  for (const json& line : world.lines) {
    if (line["device"] != device) continue;
    const json& reason = line["reason"];
    rows.push_back(line["due_at"].get<std::string>().substr(11, 8) + " " +
                   line["outcome"].get<std::string>() +
                   (reason.is_null() ? "" : " " + reason.get<std::string>()) + " " +
                   line["algorithms"][0]["dropped"].value("store_behind", json(0)).dump());
  }
  return rows;
}

TEST(StoreFull, WhatIsOverWhenThereIsRoomAgainIsMissedAndTheRestRuns) {
  ScriptedWorld world;
  world.device("gate", DeviceKind::live);
  json fields = every_minute;
  fields["ScheduleTimes"] = {{{"StartTime", "01:00:00"}, {"EndTime", "01:06:00"}}};
  world.instance("i", fields);
  // Within the second slice, up to the middle of the fifth.
  world.script.store_full = {{at("01:01:05"), at("01:04:03.5")}};
  world.run();
  expect_settled(world);
  EXPECT_THAT(
      rows_of(world, "gate"),
      ElementsAre("01:00:00 done 0", "01:01:00 partial store_behind 5", "01:02:00 missed store_behind 10",
                  "01:03:00 missed store_behind 10", "01:04:00 partial store_behind 4", "01:05:00 done 0"));
}

TEST(StoreFull, FootageIsCaughtUpWith) {
  ScriptedWorld world;
  world.device("tape", DeviceKind::recorded);
  json fields = every_minute;
  fields["ScheduleTimes"] = {{{"StartTime", "01:00:00"}, {"EndTime", "01:04:00"}}};
  world.instance("i", fields);
  world.script.store_full = {{at("01:00:30"), at("01:02:30")}};
  world.run();
  expect_settled(world);
  EXPECT_THAT(rows_of(world, "tape"),
              ElementsAre("01:00:00 done 0", "01:01:00 done 0", "01:02:00 done 0", "01:03:00 done 0"));
}

TEST(StoreFull, FootageThatRunsWaitsForRoom) {
  ScriptedWorld world;
  world.device("tape", DeviceKind::recorded);
  json fields = every_minute;
  fields["SliceExecutionTime"] = 40;
  fields["ScheduleTimes"] = {{{"StartTime", "01:00:00"}, {"EndTime", "01:02:00"}}};
  world.instance("i", fields);
  world.script.store_full = {{at("01:00:10"), at("01:00:30")}};
  world.run();
  expect_settled(world);
  EXPECT_THAT(rows_of(world, "tape"), ElementsAre("01:00:00 done 0", "01:01:00 done 0"));
}

TEST(StoreFull, ChangesOfAHeldInstanceDoNotKeepItHeld) {
  ScriptedWorld world;
  world.device("gate", DeviceKind::live);
  const DeviceIx other = world.device("other", DeviceKind::live);
  json fields = every_minute;
  fields["ScheduleTimes"] = {{{"StartTime", "01:00:00"}, {"EndTime", "01:06:00"}}};
  const InstanceIx ix = world.instance("i", fields);
  world.script.store_full = {{at("01:00:30"), at("01:01:30")}};
  for (Instant when = at("01:01:01"); when < at("01:05:00"); when += milliseconds(500))
    world.switch_device(ix, other, DeviceMode::off, when);
  world.run();
  expect_settled(world);
  EXPECT_THAT(rows_of(world, "gate"),
              ElementsAre("01:00:00 done 0", "01:01:00 missed store_behind 10", "01:02:00 done 0",
                          "01:03:00 done 0", "01:04:00 done 0", "01:05:00 done 0"));
}

TEST(StoreFull, OneWithoutAnEndThatWasHeldLastedUntilItsRemoval) {
  ScriptedWorld world;
  world.device("gate", DeviceKind::live);
  const InstanceIx ix = world.instance("i", {{"ScheduleType", "ONCE"}, {"ScheduleTimes", json::array()}});
  world.settings.until = end_of_time;
  world.script.store_full = {{world.start(), at("00:10:00")}};
  world.run([&](auto& kernel) { kernel.remove_instance(ix, at("00:05:00")); });
  expect_settled(world);
  ASSERT_EQ(world.lines.size(), 1U);
  EXPECT_EQ(world.lines[0]["reason"], "store_behind");
  EXPECT_LT(world.lines[0]["planned_s"], 601);
}

TEST(StoreFull, AnInstanceThatIsRemovedMeanwhileLeavesARowForWhatWasDue) {
  ScriptedWorld world;
  world.device("gate", DeviceKind::live);
  world.device("tape", DeviceKind::recorded);
  const InstanceIx ix = world.instance("i", every_minute);
  world.script.store_full = {{at("01:00:30"), at("01:10:00")}};
  world.run([&](auto& kernel) { kernel.remove_instance(ix, at("01:02:30")); });
  expect_settled(world);
  EXPECT_THAT(rows_of(world, "gate"), ElementsAre("01:00:00 done 0", "01:01:00 missed store_behind 10",
                                                  "01:02:00 missed store_behind 10"));
  const auto tape = rows_of(world, "tape");
  EXPECT_EQ(tape.size(), 3U) << ::testing::PrintToString(tape);
  EXPECT_THAT(tape.back(), ::testing::HasSubstr("missed store_behind"));
}

TEST(StoreFull, ADeviceThatIsRemovedMeanwhileLeavesARowForWhatWasDue) {
  ScriptedWorld world;
  const DeviceIx gate = world.device("gate", DeviceKind::live);
  json fields = every_minute;
  fields["ScheduleTimes"] = {{{"StartTime", "01:00:00"}, {"EndTime", "01:04:00"}}};
  const InstanceIx ix = world.instance("i", fields);
  world.script.store_full = {{at("01:00:30"), at("01:03:30")}};
  world.switch_device(ix, gate, DeviceMode::removed, at("01:01:30"));
  world.run();
  expect_settled(world);
  EXPECT_THAT(rows_of(world, "gate"), ElementsAre("01:00:00 done 0", "01:01:00 missed cancelled 0"));
}

TEST(StoreFull, UntilTheEndOfTheRunLeavesNothingOpen) {
  ScriptedWorld world;
  world.device("gate", DeviceKind::live);
  world.instance("i", every_minute);
  world.settings.until = at("01:03:30");
  world.script.store_full = {{at("01:01:30"), at("01:03:00")}};
  world.run();
  expect_settled(world);
  EXPECT_THAT(rows_of(world, "gate"), ElementsAre("01:00:00 done 0", "01:01:00 done 0",
                                                  "01:02:00 missed store_behind 10", "01:03:00 done 0"));
}

}  // namespace
}  // namespace camfleet::sim
