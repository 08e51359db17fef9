#include "runtime/world/real_world.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>

#include "actors/machines/instance.hpp"

namespace camfleet::world {

RealWorld::RealWorld(const Settings& settings, const Parts& parts, Hooks hooks)
    : parts_(parts),
      node_(settings.node),
      time_(settings.start, settings.speed, settings.threads),
      executor_(*parts.roster, time_, actor_settings(settings), shell_hooks(std::move(hooks.idle)),
                executor_threads(settings), settings.border),
      pool_(std::make_unique<plant::WorkPool>(settings.threads)),
      plant_(plant_parts(std::move(hooks.plant)), {}) {}

unsigned RealWorld::executor_threads(const Settings& settings) {
  const unsigned threads = shells::RealExecutor::threads_for(settings.threads);
  // No lease waits for a placement that takes long.
  return settings.role == shells::Role::whole ? threads : std::max(threads, 2U);
}

shells::ActorSettings RealWorld::actor_settings(const Settings& settings) {
  std::random_device random;
  shells::ActorSettings fleet;
  fleet.role = settings.role;
  fleet.costs = settings.costs;
  fleet.seed = settings.seed;
  fleet.until = settings.until;
  fleet.node = settings.node;
  if (settings.role == shells::Role::scheduler) {
    fleet.reign = std::uniform_int_distribution<std::uint64_t>(1)(random);
    // Processes come again in real time at any speed.
    if (settings.speed.millionths)
      fleet.joining = fleet.joining / timing::Speed::real_time * *settings.speed.millionths;
  }
  fleet.analyzer.workers = shells::RealExecutor::analyses_for(settings.threads);
  fleet.analyzer.queue_limit = settings.samples_waiting;
  fleet.device.recorded_credit = settings.threads;
  return fleet;
}

shells::ShellHooks RealWorld::shell_hooks(std::function<void()> idle) {
  shells::ShellHooks hooks;
  hooks.idle = std::move(idle);
  hooks.failed = [this](ActorId /*self*/, const std::string& what) {
    has_failed_ = true;
    parts_.problems->add({Errc::broken_invariant, "actor", "a handler failed and starts over: " + what});
  };
  return hooks;
}

plant::RealPlant::Parts RealWorld::plant_parts(plant::RealPlant::Hooks hooks) {
  return {.roster = parts_.roster,
          .sources = parts_.sources,
          .time = &time_,
          .pool = pool_.get(),
          .engines = parts_.engines,
          .book = parts_.book,
          .problems = parts_.problems,
          .deliver =
              [this](ActorId to, const Message& message) {
                ++messages_;
                executor_.deliver(to, message);
              },
          .hooks = std::move(hooks)};
}

void RealWorld::follow_the_machine(timing::Timekeeper::Moved moved) {
  time_.follow(timing::read_machine_clocks, std::move(moved));
}

void RealWorld::shut_down() {
  if (!pool_) return;
  ended_at_ = time_.now();
  executor_.shut_down();
  plant_.shut_down();
  work_ = pool_->busy();
  pool_.reset();
}

void RealWorld::write_off(Reason reason) {
  plant_.end_open_slices([&](const SliceKey& key, Duration planned) {
    SliceRow row = row_without_samples(*parts_.roster, key, planned, reason, ended_at_, node_);
    give_up_all(row);
    return row;
  });
}

}  // namespace camfleet::world
