// Short cuts leave the same ledger, byte for byte: slices that are counted (`samples: counted`), messages
// that are handed on past the queue.
#include <gtest/gtest.h>

#include "actors/base/random.hpp"
#include "tests/simulator/modelled_world.hpp"

namespace camfleet::sim {
namespace {

/// Cameras and tapes, polled or not, with one or two algorithms, with and without faults, on few or many
/// cores.
ModelledWorld draw_world(std::uint64_t seed) {
  Random random(seed);
  ModelledWorld world;
  world.seed = seed;
  world.cameras = static_cast<std::uint32_t>(1 + random.below(8));
  world.tapes = static_cast<std::uint32_t>(random.below(3));
  world.workers = static_cast<std::uint32_t>(1 + random.below(20));
  world.fields = {{"ComputePictureValue", 1 + random.below(4)},
                  {"ScheduleTimes",
                   {{{"StartTime", "01:00:00"}, {"EndTime", "01:04:00"}},
                    {{"StartTime", "01:10:00"}, {"EndTime", "01:12:00"}}}}};
  if (random.below(3) > 0) {
    world.fields.update(
        {{"IsPolling", true}, {"SliceExecutionTime", 3 + random.below(30)}, {"OverallExecutionTime", 1}});
  }
  if (random.below(2) == 0)
    world.fields["Algorithms"] = {{{"AlgorithmId", "2"}, {"AlgorithmName", "person"}},
                                  {{"AlgorithmId", "3"}, {"AlgorithmName", "motion"}}};
  if (random.below(8) == 0) world.fields["IsFrameExtraction"] = 1;
  const std::uint64_t faults = random.below(4);
  for (std::uint64_t i = 0; i < faults; ++i) {
    const Instant from =
        ModelledWorld::at("00:59:00") + seconds(static_cast<std::int64_t>(random.below(800)));
    const Duration length = seconds(static_cast<std::int64_t>(1 + random.below(40)));
    world.faults.push_back({DeviceIx{static_cast<std::uint32_t>(random.below(world.cameras))},
                            static_cast<FaultKind>(random.below(4)), from, from + length, seconds(3)});
  }
  if (world.faults.empty() && random.below(2) == 0) {
    const auto below = [&](std::uint64_t bound) { return static_cast<std::uint32_t>(random.below(bound)); };
    world.film = camera::CameraSpec{.size = {640, 360}, .fps = 1 + below(30), .seed = random.below(1000)};
    world.film->gop = 1 + below(world.film->fps * 10);
  }
  std::ranges::sort(world.faults, {}, [](const Fault& one) { return std::pair(one.device.value, one.from); });
  return world;
}

TEST(Counted, LeavesTheSameLedger) {
  int shorter = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    ModelledWorld world = draw_world(seed);
    const auto each = world.run();
    world.counted = true;
    const auto counted = world.run();
    ASSERT_EQ(each.broken, "") << "seed " << seed;
    ASSERT_EQ(counted.broken, "") << "seed " << seed;
    ASSERT_EQ(counted.ledger, each.ledger) << "seed " << seed;
    ASSERT_EQ(counted.nodes[0].peak, each.nodes[0].peak) << "seed " << seed;
    ASSERT_EQ(counted.nodes[0].lost, each.nodes[0].lost) << "seed " << seed;
    if (counted.events.size() < each.events.size() * 3 / 4) ++shorter;
  }
  EXPECT_GE(shorter, 100) << "where nothing contends, few events are left";
}

TEST(HandingOn, KeepsTheOrderOfTheQueue) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    ModelledWorld world = draw_world(seed);
    const auto handed = world.run();
    // Where messages may be lost, all go through the queue; of so many, none is.
    world.lose_one_in = UINT64_MAX;
    const auto queued = world.run();
    ASSERT_EQ(handed.ledger, queued.ledger) << "seed " << seed;
    ASSERT_EQ(handed.events, queued.events) << "seed " << seed;
  }
}

TEST(Counted, DoesNotForeseeWhatContends) {
  ModelledWorld world;
  world.cameras = 12;
  world.workers = 1;
  const auto each = world.run();
  world.counted = true;
  const auto counted = world.run();
  EXPECT_GT(each.totals.dropped[static_cast<std::size_t>(Reason::overload)], 0U);
  EXPECT_EQ(counted.events.size(), each.events.size());
}

}  // namespace
}  // namespace camfleet::sim
