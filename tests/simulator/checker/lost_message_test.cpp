// Messages between actors that never arrive, each of a run in its turn: the checker finds what comes of it.
#include <cstdint>

#include <gtest/gtest.h>

#include "tests/simulator/modelled_world.hpp"

namespace camfleet::check {
namespace {

/// Whether a run came to less than the whole one, but by slices that nobody could carry: the checker knows no
/// nodes.
bool came_to_less(const sim::ModelledWorld::Run& run, const sim::ModelledWorld::Run& whole) {
  bool less = run.rows.size() != whole.rows.size();
  for (const nlohmann::json& row : run.rows)
    less = less || (row["outcome"] != "done" && !row["node"].is_null());
  return less;
}

TEST(LostMessage, IsFoundByWhatComesOfIt) {
  sim::ModelledWorld world;
  world.tapes = 1;
  world.nodes = 2;
  world.is_checked = true;
  const auto whole = world.run();
  ASSERT_TRUE(whole.breaches.empty()) << whole.breaches.front();
  const std::uint64_t events = whole.events.size();
  std::uint64_t found = 0;
  for (world.loses = 1; world.loses <= events; ++world.loses) {
    const auto run = world.run();
    found += run.breaches.empty() ? 0 : 1;
    EXPECT_TRUE(!run.breaches.empty() || !came_to_less(run, whole))
        << "event " << world.loses << ": " << run.ledger;
  }
  EXPECT_GT(found, 150U) << "of " << events << ", most of which are heartbeats and progress";
}

}  // namespace
}  // namespace camfleet::check
