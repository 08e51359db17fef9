// What a sample allocates in the kernel, once every buffer has the size that it needs: nothing.
#include <gtest/gtest.h>

#include "tests/simulator/counting_new.hpp"
#include "tests/simulator/modelled_world.hpp"

namespace camfleet::sim {
namespace {

struct Counted {
  std::uint64_t events = 0;
  std::uint64_t allocations = 0;
};

ModelledWorld world_of(std::uint32_t cameras, std::uint32_t tapes, std::uint32_t workers) {
  ModelledWorld world;
  world.cameras = cameras;
  world.tapes = tapes;
  world.workers = workers;
  return world;
}

/// In the second minute of slices of two minutes, in which none begins or ends.
Counted count(ModelledWorld world) {
  world.fields = {{"ComputePictureValue", 1}};
  const Instant from = ModelledWorld::at("01:01:00");
  const Instant to = ModelledWorld::at("01:01:50");
  Counted counted;
  std::uint64_t before = 0;
  world.after_event = [&](Instant now) {
    if (now < from) before = testing::allocations();
    if (now < from || now >= to) return;
    ++counted.events;
    counted.allocations = testing::allocations() - before;
  };
  EXPECT_EQ(world.run().broken, "");
  return counted;
}

TEST(Allocation, ASampleAllocatesNothing) {
  const Counted counted = count(world_of(50, 0, 50));
  EXPECT_GT(counted.events, 50 * 50U * 3);
  EXPECT_EQ(counted.allocations, 0U);
}

TEST(Allocation, NorDoesOneThatWaitsOrGivesWay) {
  const Counted counted = count(world_of(50, 0, 1));
  EXPECT_GT(counted.events, 50 * 50U * 2);
  EXPECT_EQ(counted.allocations, 0U);
}

TEST(Allocation, NorOneOfFootage) {
  const Counted counted = count(world_of(1, 20, 2));
  EXPECT_GT(counted.events, 20 * 50U);
  EXPECT_EQ(counted.allocations, 0U);
}

TEST(Allocation, IsCounted) {
  const std::uint64_t before = testing::allocations();
  ::operator delete(::operator new(1));
  EXPECT_EQ(testing::allocations() - before, 1U);
}

}  // namespace
}  // namespace camfleet::sim
