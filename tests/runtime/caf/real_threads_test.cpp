// The machines on real threads, with the scripted plant: the same plan, outcomes and counts as in the kernel.
#include <atomic>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "runtime/caf/real_executor.hpp"
#include "simulator/threaded_plant.hpp"
#include "tests/simulator/scripted_world.hpp"

namespace camfleet::shells {
namespace {

using nlohmann::json;
using sim::ScriptedFault;
using sim::ScriptedWorld;

/// How many handlers ran, and how many of them took a millisecond of CPU or more.
struct Handlers {
  std::atomic<std::uint64_t> all = 0;
  std::atomic<std::uint64_t> slow = 0;
};

/// Runs the world's roster and script on real threads; its rows.
std::vector<json> run_on_threads(ScriptedWorld& world, plant::Speed speed, Handlers& handlers) {
  std::vector<json> rows;
  LedgerBook book(world.roster(),
                  [&](const SliceRow& /*row*/, std::string_view line) { rows.push_back(json::parse(line)); });
  FleetSettings settings;
  settings.seed = world.settings.seed;
  settings.until = world.settings.until;
  std::atomic<bool> idle = false;
  ShellHooks hooks;
  hooks.idle = [&] { idle = true; };
  hooks.failed = [](ActorId /*self*/, const std::string& what) { ADD_FAILURE() << what; };
  hooks.measured = [&](ActorId /*self*/, Duration cpu) {
    ++handlers.all;
    if (cpu >= milliseconds(1)) ++handlers.slow;
  };
  plant::Timekeeper time(world.start(), speed, 1);
  RealExecutor executor(world.roster(), time, settings, hooks, 2);
  sim::ThreadedPlant plant(
      world.roster(), time, [&](ActorId to, const Message& message) { executor.deliver(to, message); }, book,
      world.script);
  executor.start(plant);
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(100);
  while (!idle && std::chrono::steady_clock::now() < give_up)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  executor.shut_down();
  EXPECT_TRUE(idle);
  EXPECT_TRUE(book.closed().has_value()) << book.closed().error().line();
  EXPECT_EQ(book.ledger().plan_fingerprint(), world.book().ledger().plan_fingerprint());
  return rows;
}

/// What must be the same on every executor: outcome, reason and counts by slice.
std::map<std::string, std::string> outcomes(const std::vector<json>& rows) {
  std::map<std::string, std::string> by_slice;
  for (const json& row : rows) {
    const std::string name = row["instance"].get<std::string>() + " " + row["device"].get<std::string>() +
                             " " + row["due_at"].get<std::string>();
    by_slice[name] = row["outcome"].dump() + row["reason"].dump() + row["algorithms"].dump();
  }
  return by_slice;
}

/// Recorded footage, some of which ends, breaks or cannot be analysed: what happens is half a second from the
/// nearest read, so that a thread may be late by that, at speed.
void fill(ScriptedWorld& world, int window_s) {
  for (int i = 0; i < 12; ++i)
    world.device("cam-" + std::to_string(i), DeviceKind::recorded, i % 4 == 3 ? seconds(20) : Duration(0));
  const auto fault = [&](std::uint32_t device, int from_ms, int to_ms, ScriptedFault::Kind kind) {
    const Instant opens = parse_iso("2026-03-01T01:00:00Z").value();
    world.script.faults.push_back(
        {DeviceIx{device}, opens + milliseconds(from_ms), opens + milliseconds(to_ms), kind});
  };
  fault(1, 5'500, 9'500, ScriptedFault::Kind::corrupt);
  fault(2, 3'500, 7'500, ScriptedFault::Kind::failing);
  fault(4, 10'500, 60'500, ScriptedFault::Kind::offline);
  const json close = {{"StartTime", "01:00:00"},
                      {"EndTime", std::string("01:0") + std::to_string(window_s / 60) +
                                      (window_s % 60 == 0 ? ":00" : ":30")}};
  world.instance("whole", {{"ScheduleTimes", {close}}});
  world.instance("polled", {{"ScheduleTimes", {close}},
                            {"IsPolling", true},
                            {"SliceExecutionTime", 7},
                            {"OverallExecutionTime", 1},
                            {"ComputePictureValue", 2}});
  world.run();
  ASSERT_TRUE(world.book().closed().has_value());
}

TEST(RealThreads, AtMaxSpeedTheOutcomesAreTheKernels) {
  ScriptedWorld world;
  fill(world, 240);
  Handlers handlers;
  const auto rows = run_on_threads(world, {std::nullopt}, handlers);
  EXPECT_EQ(outcomes(rows), outcomes(world.lines));
  // The system charges a thread with interrupts of others now and then; a slow handler would be so each time.
  EXPECT_GT(handlers.all, 5000U);
  EXPECT_LE(handlers.slow * 1000, handlers.all.load()) << "a handler takes under 1 ms of CPU";
}

TEST(RealThreads, AtFiveTimesRealTimeTheOutcomesAreTheKernels) {
  ScriptedWorld world(parse_iso("2026-03-01T00:59:55Z").value());
  fill(world, 30);
  Handlers handlers;
  const auto rows = run_on_threads(world, {5 * plant::Speed::real_time}, handlers);
  EXPECT_EQ(outcomes(rows), outcomes(world.lines));
}

}  // namespace
}  // namespace camfleet::shells
