#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "actors/ledger/ledger_book.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/caf/real_executor.hpp"
#include "runtime/plant/real_plant.hpp"
#include "runtime/plant/work_pool.hpp"
#include "runtime/time/timekeeper.hpp"

namespace camfleet::world {

/// What works for real in one process: time, actors, threads and the plant, put together once.
///
/// How it ends, in this order:
/// 1. Whoever wants slices to end well calls stop_instances() and waits as long as it will: each one that
/// runs
///    ends as cancelled, with its row. A run gives 3.5 s for that, a service none.
/// 2. shut_down() stops time and the actors: no timer goes off any more, no message is handled, and no row is
///    written by an instance.
/// 3. It closes every stream and waits for their threads, then for jobs of the pool that are under way; what
///    they find is still told.
/// 4. Slices that are still open get their rows by write_off(), of a run that is over; a service leaves them
///    open in its store, and goes on with them at its next start.
class RealWorld {
 public:
  /// What it works with; all of it outlives it.
  struct Parts {
    const Roster* roster;
    const media::SourceRegistry* sources;
    plant::EngineSet* engines;
    LedgerBook* book;
    plant::ProblemLog* problems;
  };
  struct Settings {
    Instant start{};
    timing::Speed speed{};
    unsigned threads = 1;  ///< that decode and analyse, ≥ 1
    std::uint64_t seed = 1;
    Instant until = end_of_time;  ///< nothing is due from here on
    std::string node = "local";   ///< of the ledger's rows
    /// Samples that wait for their analysis. Cameras that begin together send theirs together; as many wait
    /// as there are frames.
    std::uint32_t samples_waiting = 256;
    shells::Role role = shells::Role::whole;  ///< which of the actors it has
    Costs costs{};                            ///< of a scheduler's placement
    shells::Border* border = nullptr;         ///< to the others, unless it has all
  };
  struct Hooks {
    plant::RealPlant::Hooks plant{};
    /// Nothing is to come, and every slice is accounted for; on a thread of the actors. May be empty.
    std::function<void()> idle{};
  };

  RealWorld(const Settings& settings, const Parts& parts, Hooks hooks);
  ~RealWorld() { shut_down(); }
  RealWorld(const RealWorld&) = delete;
  RealWorld& operator=(const RealWorld&) = delete;

  /// The machine's clock is the time from now on; see Timekeeper. Before start().
  void follow_the_machine(timing::Timekeeper::Moved moved);
  /// Follows every instance of the roster from its beginning.
  void start() { executor_.start(plant_); }
  /// Instances follow by executor().add().
  void start_empty() { executor_.start_empty(plant_); }
  /// See Timekeeper::move.
  void move_time(Duration by) { time_.move(by); }
  void stop_instances() { executor_.stop_instances(); }
  /// See above; once more, it does nothing.
  void shut_down();
  /// After shut_down(): ends what is open for this reason, at the instant at which it was shut down.
  void write_off(Reason reason);

  [[nodiscard]] shells::RealExecutor& executor() { return executor_; }
  [[nodiscard]] plant::RealPlant& plant() { return plant_; }
  [[nodiscard]] const plant::RealPlant& plant() const { return plant_; }
  [[nodiscard]] Instant now() const { return time_.now(); }
  [[nodiscard]] timing::Speed speed() const { return time_.speed(); }

  // Of the whole, once it is shut down.
  [[nodiscard]] Instant ended_at() const { return ended_at_; }
  /// CPU that decoding and analyses took.
  [[nodiscard]] Duration work() const { return work_; }
  /// Answers of the plant.
  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  /// A handler threw, and its actor started over: a frame in its message may belong to nobody.
  [[nodiscard]] bool has_failed() const { return has_failed_; }

 private:
  static unsigned executor_threads(const Settings& settings);
  static shells::ActorSettings actor_settings(const Settings& settings);
  shells::ShellHooks shell_hooks(std::function<void()> idle);
  plant::RealPlant::Parts plant_parts(plant::RealPlant::Hooks hooks);

  Parts parts_;
  std::string node_;
  std::atomic<bool> has_failed_ = false;
  Instant ended_at_{};
  Duration work_{0};
  timing::Timekeeper time_;
  shells::RealExecutor executor_;
  std::unique_ptr<plant::WorkPool> pool_;  ///< ended before the plant that its jobs work for
  plant::RealPlant plant_;
  /// Counted by all threads: on a cache line that nothing else is on.
  alignas(64) std::atomic<std::uint64_t> messages_ = 0;
};

}  // namespace camfleet::world
