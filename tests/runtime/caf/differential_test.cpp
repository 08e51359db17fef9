// The same machines under two executors: the kernel, and CAF actors with mailboxes. The same scenario leaves
// the same ledger, line by line.
#include <string>

#include <gtest/gtest.h>

#include "actors/base/random.hpp"
#include "tests/runtime/caf/virtual_fleet.hpp"
#include "tests/simulator/scripted_world.hpp"

namespace camfleet::shells {
namespace {

using nlohmann::json;
using sim::ScriptedFault;
using sim::ScriptedWorld;

ActorSettings settings_of(const sim::KernelSettings& kernel) {
  ActorSettings settings;
  settings.seed = kernel.seed;
  settings.until = kernel.until;
  settings.analyzer = kernel.analyzer;
  settings.device = kernel.device;
  return settings;
}

json schedule_of(Random& random) {
  json fields;
  const int opens = static_cast<int>(random.below(3)) + 1;
  const auto time = [](int hour, std::uint64_t minute) {
    return "0" + std::to_string(hour) + (minute < 10 ? ":0" : ":") + std::to_string(minute) + ":00";
  };
  fields["ScheduleTimes"] = {
      {{"StartTime", time(opens, random.below(30))}, {"EndTime", time(opens, 31 + random.below(28))}}};
  if (random.below(4) != 0) {
    const std::uint64_t minutes = 1 + random.below(10);
    fields["IsPolling"] = true;
    fields["OverallExecutionTime"] = minutes;
    fields["SliceExecutionTime"] = 1 + random.below(60 * minutes);
  }
  fields["ComputePictureValue"] = 1 + random.below(7);
  fields["IsFrameExtraction"] = random.below(10) == 0 ? 1 : 0;
  if (random.below(2) == 0)
    fields["Algorithms"] = {{{"AlgorithmId", "1"}, {"AlgorithmName", "a"}},
                            {{"AlgorithmId", "3"}, {"AlgorithmName", "b"}}};
  return fields;
}

void fill(ScriptedWorld& world, std::uint64_t seed) {
  Random random(seed);
  const auto devices = 1 + random.below(12);
  for (std::uint64_t i = 0; i < devices; ++i) {
    const auto kind = static_cast<DeviceKind>(random.below(3));
    const auto length = seconds(random.below(2) * (20 + random.below(400)));
    const DeviceIx ix = world.device("cam-" + std::to_string(i), kind, length,
                                     static_cast<std::uint32_t>(1 + random.below(50)));
    for (std::uint64_t fault = random.below(3); fault > 0; --fault) {
      const Instant from = world.start() + seconds(3600 + random.below(3 * 3600));
      world.script.faults.push_back({ix, from, from + milliseconds(random.below(120'000)),
                                     static_cast<ScriptedFault::Kind>(random.below(4))});
    }
    if (random.below(3) == 0) world.instance("i-" + std::to_string(i), schedule_of(random));
  }
  world.instance("all", schedule_of(random));
  for (std::uint64_t full = random.below(3); full > 0; --full) {
    const Instant from = world.start() + seconds(3600 + random.below(3 * 3600));
    world.script.store_full.emplace_back(from, from + milliseconds(random.below(200'000)));
  }
  world.settings.seed = seed;
  world.settings.analyzer = {static_cast<std::uint32_t>(1 + random.below(4)),
                             static_cast<std::uint32_t>(2 + random.below(20))};
  world.script.analysis_delay = milliseconds(5 + random.below(200));
}

/// Runs the world in the kernel and in the shells, and compares.
void compare(ScriptedWorld& world) {
  world.run();
  ASSERT_TRUE(world.book().closed().has_value()) << world.book().closed().error().line();
  VirtualFleet fleet(world.roster(), world.start(), world.script, settings_of(world.settings));
  fleet.run();
  ASSERT_TRUE(fleet.book().closed().has_value()) << fleet.book().closed().error().line();
  EXPECT_TRUE(fleet.failures.empty());
  EXPECT_TRUE(fleet.idle);
  EXPECT_GT(fleet.messages, 0U);
  EXPECT_FALSE(world.raw_lines.empty());
  ASSERT_EQ(fleet.lines.size(), world.raw_lines.size());
  for (std::size_t i = 0; i < fleet.lines.size(); ++i)
    ASSERT_EQ(fleet.lines[i], world.raw_lines[i]) << "line " << i;
  EXPECT_EQ(fleet.book().ledger().fingerprint(), world.book().ledger().fingerprint());
}

class Differential : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Differential, TheKernelAndTheShellsLeaveTheSameLedger) {
  ScriptedWorld world;
  fill(world, GetParam());
  compare(world);
}

TEST(Sharing, MachinesThatShareAnActorLeaveTheSameLedger) {
  ScriptedWorld world;
  constexpr std::size_t count = 2 * Crew<Device>::max_actors + 7;
  Random random(1);
  for (std::size_t i = 0; i < count; ++i)
    world.device("cam-" + std::to_string(i), static_cast<DeviceKind>(random.below(2)));
  for (std::size_t i = 0; i < count; ++i) {
    json fields = schedule_of(random);
    fields["Devices"] = {{{"DeviceId", "cam-" + std::to_string(i)}, {"StartStream", true}}};
    fields["IsFrameExtraction"] = 0;
    fields["ComputePictureValue"] = 30;
    world.instance("i-" + std::to_string(i), fields);
  }
  world.settings.analyzer = {4, 2 * count};
  compare(world);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Differential, ::testing::Range<std::uint64_t>(1, CAMFLEET_SEEDS + 1));

}  // namespace
}  // namespace camfleet::shells
