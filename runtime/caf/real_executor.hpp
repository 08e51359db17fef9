#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "actors/plan/roster.hpp"
#include "runtime/caf/actor_settings.hpp"
#include "runtime/caf/ports.hpp"
#include "runtime/time/timekeeper.hpp"

namespace camfleet::shells {

/// The executor of the real world: the machines as CAF actors on threads, with the timekeeper's time, and
/// frames on their way to the analyzer over the bus. Nothing of CAF shows here.
class RealExecutor {
 public:
  /// Threads of CAF's pool beside a pool of so many that decode and analyse. Handlers are short: one thread
  /// carries some 100,000 messages a second.
  static constexpr unsigned threads_for(unsigned pool) { return std::max(1U, pool / 4); }
  /// Analyses that the analyzer hands to that pool at once: more than it runs, so that none of its threads
  /// waits for the analyzer's turn; few, as what is handed over no longer gives way.
  static constexpr unsigned analyses_for(unsigned pool) { return 8 * pool; }

  /// `threads`: of CAF's pool, ≥ 1. `border`: of a process that is not the whole fleet, else null; it
  /// outlives this.
  RealExecutor(const Roster& roster, timing::Timekeeper& time, const ActorSettings& settings,
               ShellHooks hooks, unsigned threads, Border* border = nullptr);
  ~RealExecutor();
  RealExecutor(const RealExecutor&) = delete;
  RealExecutor& operator=(const RealExecutor&) = delete;

  /// Spawns the actors, starts time, and tells the scheduler of every instance in the roster.
  void start(PlantPort& plant);
  /// Spawns the actors and starts time; instances follow by add().
  void start_empty(PlantPort& plant);

  /// Makes actors for what was added to the roster since, and tells the scheduler. After a restart:
  /// `restarted` says from when on it is to be followed, and `recalled` what is known of slices before.
  /// One thread at a time, between the starts and shut_down().
  void add(const AddInstance& restarted, std::span<const RecallSlice> recalled = {});
  /// Ends one instance: what runs is cancelled and accounted for.
  void remove(InstanceIx ix);

  /// The number of a device will be another's. As add().
  void release(DeviceIx device);
  /// Makes actors for what was added to the roster since; as add().
  void make_actors();

  /// Asks the scheduler to end every instance: what runs is cancelled and accounted for.
  void stop_instances();

  /// Puts a message into an actor's mailbox; from any thread, between start() and shut_down().
  void deliver(ActorId to, const Message& message);

  /// Stops time and the bus, and ends all actors.
  void shut_down();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace camfleet::shells
