#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "actors/base/time.hpp"
#include "actors/machines/executor.hpp"
#include "actors/machines/protocol.hpp"
#include "runtime/time/clock_watch.hpp"
#include "runtime/time/job.hpp"
#include "runtime/time/work_token.hpp"

namespace camfleet::timing {

/// How fast the run's time passes: millionths of real time; none: as fast as the work allows.
struct Speed {
  static constexpr std::int64_t real_time = 1'000'000;
  std::optional<std::int64_t> millionths = real_time;

  [[nodiscard]] bool is_real_time() const { return millionths == real_time; }
  [[nodiscard]] bool is_max() const { return !millionths; }
};

/// The time of a run in the real world, and its timers, which go off on a thread of its own.
///
/// At a speed, time follows the machine's steady clock, or, after follow(), its wall clock: then a clock that
/// is set, or a machine that was suspended, moves now() and the timers at an instant within a second, and
/// steady_now() and the timers after a span not at all; elsewhere the two are one. As fast as the work
/// allows, it stands still while messages, reads or openings are under way (as long as their
/// tokens live), or while as many analyses run as the pool has threads, and then jumps to the next timer:
/// recorded footage is analysed as fast as it is decoded, and no slice begins while the machine is behind.
class Timekeeper {
 public:
  using Fire = std::function<void(ActorId owner, TimerTag tag)>;

  /// Nothing goes off before go(). `analyses_at_once`: see above, ≥ 1.
  Timekeeper(Instant start, Speed speed, unsigned analyses_at_once);
  ~Timekeeper();
  Timekeeper(const Timekeeper&) = delete;
  Timekeeper& operator=(const Timekeeper&) = delete;

  /// Told of a move, and what the wall time is now. False: it is not followed, and no timer goes off any
  /// more.
  using Moved = std::function<bool(const ClockMove& move, Instant now)>;
  /// The time is the machine's from now on, before go() too; `start` counts no more. Only at real time, and
  /// before go(). `moved` is asked on the timekeeper's thread, and must be quick.
  void follow(ClockWatch::Read clocks, Moved moved);

  /// Moves now(), and the timers at an instant with it. Not after follow().
  void move(Duration by);

  /// Starts time; each timer that is due is given to `fire`, on the timekeeper's thread.
  void go(Fire fire);
  /// No timer goes off any more, and all are dropped, as are those that are set from now on; returns when the
  /// thread is through.
  void stop();

  [[nodiscard]] Instant now() const;
  [[nodiscard]] Instant steady_now() const;
  [[nodiscard]] Speed speed() const { return speed_; }

  /// A timer at `at`, or now when that has passed.
  TimerId set(ActorId owner, Instant at, TimerTag tag);
  /// A timer after a span of the steady time, or now when it is negative.
  TimerId set_after(ActorId owner, Duration span, TimerTag tag);
  /// Calls `then` at `at` instead of telling an actor; it must be quick.
  void call(Instant at, Job<> then);
  void cancel(TimerId timer);
  /// Entries that wait, those of cancelled timers included.
  [[nodiscard]] std::size_t waiting();

  /// Work begins.
  [[nodiscard]] WorkToken work() {
    busy_.fetch_add(1, std::memory_order_acq_rel);
    return {*this, false};
  }
  /// The same of an analysis, of which several run at once before time is held up.
  [[nodiscard]] WorkToken analysis() {
    analyses_.fetch_add(1, std::memory_order_acq_rel);
    return {*this, true};
  }
  /// Of work whose token was left.
  [[nodiscard]] WorkToken take_over() { return {*this, false}; }

 private:
  friend class WorkToken;
  void work_ends();
  void analysis_ends();

  /// Of a timer: a number that grows and, in its lowest bits, the row that the timer is in.
  using Id = std::uint64_t;
  static constexpr unsigned row_bits = 24;
  static constexpr Id is_free = 0;
  struct Entry {
    Instant at;
    Id id;
    friend bool operator>(const Entry& a, const Entry& b) { return a.at != b.at ? a.at > b.at : a.id > b.id; }
  };
  /// The timers of one of the two times, the earliest first; those that were cancelled are there until they
  /// are due.
  using Heap = std::vector<Entry>;
  struct Timer {
    ActorId owner;
    TimerTag tag;  ///< of a free row: the number of the next free one
    Job<> then;    ///< of call(), instead of telling the owner
  };

  struct Row {
    Timer timer;
    Id id = is_free;
  };

  TimerId add(Heap& heap, Instant at, Timer timer);
  /// The row of a timer that has not gone off and was not cancelled; else null.
  [[nodiscard]] Row* find(Id id);
  /// Makes a row free; what was in it.
  Timer take(Row& row);
  void run();
  /// Takes the timers that are due off their heaps.
  void take_due(std::vector<Timer>& due);
  static void pop(Heap& heap);
  /// Drops those at the front that were cancelled.
  void prune(Heap& heap);
  /// Drops all that were cancelled when they are most of them.
  void compact(Heap& heap);
  /// Of the steady time; end_of_time when there is none. Heaps are pruned.
  [[nodiscard]] Instant next_due() const;
  void fire_all(std::vector<Timer>& due);
  void set_wall(const ClockReading& reading);
  [[nodiscard]] std::optional<ClockMove> look_at_clocks();
  [[nodiscard]] bool may_jump() const;
  void wake_if_idle();
  [[nodiscard]] Duration shift() const { return Duration(shift_.load(std::memory_order_acquire)); }
  [[nodiscard]] std::chrono::steady_clock::time_point real(Instant steady) const;

  const Instant start_;
  const Speed speed_;
  const std::int64_t analyses_at_once_;
  std::chrono::steady_clock::time_point began_;
  std::atomic<bool> going_ = false;
  std::atomic<std::int64_t> shift_{0};   ///< nanoseconds by which the wall time is before the steady one
  std::atomic<std::int64_t> jumped_{0};  ///< at the speed max: nanoseconds since start_
  std::atomic<std::int64_t> busy_{0};
  std::atomic<std::int64_t> analyses_{0};

  std::mutex mutex_;
  std::condition_variable wake_;
  Heap wall_timers_;
  Heap steady_timers_;
  std::deque<Row> rows_;
  std::size_t free_ = 0;   ///< the first free row, when there is one
  std::size_t taken_ = 0;  ///< rows that are not free
  std::uint64_t next_number_ = 1;
  bool stopping_ = false;
  ClockWatch::Read clocks_;  ///< none: the steady clock is followed
  std::optional<ClockWatch> watch_;
  std::chrono::steady_clock::time_point looked_at_;
  Moved moved_;
  Fire fire_;
  std::thread thread_;
};

}  // namespace camfleet::timing
