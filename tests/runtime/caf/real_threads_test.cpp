// The machines on real threads, with the scripted plant: the same plan, outcomes and counts as in the kernel.
#include <array>
#include <atomic>
#include <map>
#include <string>
#include <thread>

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
std::vector<json> run_on_threads(ScriptedWorld& world, timing::Speed speed, Handlers& handlers) {
  std::vector<json> rows;
  LedgerBook book(world.roster(),
                  [&](const SliceRow& /*row*/, std::string_view line) { rows.push_back(json::parse(line)); });
  ActorSettings settings;
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
  timing::Timekeeper time(world.start(), speed, 1);
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
  const auto rows = run_on_threads(world, {5 * timing::Speed::real_time}, handlers);
  EXPECT_EQ(outcomes(rows), outcomes(world.lines));
}

/// A plant that notes which instances have ended, and what was open of them then.
class Watched final : public PlantPort {
 public:
  explicit Watched(PlantPort& inner) : inner_(&inner) {}
  void open(DeviceIx device, StreamIx stream, std::uint32_t spf_s) override {
    inner_->open(device, stream, spf_s);
  }
  void read(DeviceIx device, const ReadRequest& request) override { inner_->read(device, request); }
  void close(DeviceIx device, StreamIx stream) override { inner_->close(device, stream); }
  void retain(FrameIx frame) override { inner_->retain(frame); }
  void release(FrameIx frame) override { inner_->release(frame); }
  void analyse(AnalyzerIx analyzer, std::uint32_t ticket, const Sample& sample) override {
    inner_->analyse(analyzer, ticket, sample);
  }
  bool slice_due(const SliceKey& key, Duration planned) override {
    ++open_[key.instance.value];
    return inner_->slice_due(key, planned);
  }
  void slice_ended(const SliceRow& row) override {
    inner_->slice_ended(row);
    --open_[row.key.instance.value];
    ++rows_[row.key.instance.value];
  }
  void instance_ended(InstanceIx instance) override {
    EXPECT_EQ(open_[instance.value], 0);
    ++ended_[instance.value];
  }
  [[nodiscard]] int rows(InstanceIx instance) const { return rows_[instance.value]; }
  [[nodiscard]] int open_of(InstanceIx instance) const { return open_[instance.value]; }
  /// Whether it has ended so often, waiting for it.
  [[nodiscard]] bool has_ended(InstanceIx instance, int times) const {
    for (int i = 0; i < 2000 && ended_[instance.value] < times; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return ended_[instance.value] == times;
  }

 private:
  PlantPort* inner_;
  std::array<std::atomic<int>, 2> open_{};
  std::array<std::atomic<int>, 2> rows_{};
  std::array<std::atomic<int>, 2> ended_{};
};

TEST(RealThreads, AnInstanceThatIsRemovedSaysWhenNothingOfItIsLeftAndItsNumberServesAgain) {
  ScriptedWorld world(parse_iso("2026-03-01T01:00:00Z").value());
  for (int i = 0; i < 4; ++i) world.device("cam-" + std::to_string(i), DeviceKind::recorded);
  world.instance("runs");
  world.instance("rests", {{"ScheduleTimes", {{{"StartTime", "05:00:00"}, {"EndTime", "06:00:00"}}}}});
  LedgerBook book(world.roster(), [](const SliceRow& /*row*/, std::string_view /*line*/) {});
  timing::Timekeeper time(world.start(), {5 * timing::Speed::real_time}, 1);
  RealExecutor executor(world.roster(), time, {}, {}, 2);
  sim::ThreadedPlant scripted(world.roster(), time,
                              [&](ActorId to, const Message& message) { executor.deliver(to, message); },
                              book, {});
  Watched plant(scripted);
  executor.start(plant);
  constexpr InstanceIx runs{0};
  constexpr InstanceIx rests{1};
  for (int times = 1; times <= 3; ++times) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (plant.open_of(runs) < 4 && std::chrono::steady_clock::now() < give_up)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    executor.remove(runs);
    executor.remove(rests);
    ASSERT_TRUE(plant.has_ended(runs, times));
    ASSERT_TRUE(plant.has_ended(rests, times));
    EXPECT_EQ(plant.rows(runs), 4 * times) << "each device's slice was cancelled";
    EXPECT_EQ(plant.rows(rests), 0);
    book.forget(runs);
    executor.add({runs});
    executor.add({rests});
  }
  executor.shut_down();
}

}  // namespace
}  // namespace camfleet::shells
