#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "actors/base/prefetch.hpp"
#include "actors/base/time.hpp"
#include "actors/machines/executor.hpp"
#include "actors/machines/protocol.hpp"
#include "simulator/time_wheel.hpp"

namespace camfleet::sim {

/// Sender and receiver in 64 bits that sort by receiver, then by sender.
class Route {
 public:
  Route() = default;
  Route(ActorId from, ActorId to) : bits_((std::uint64_t{to.bits()} << 32U) | from.bits()) {}
  [[nodiscard]] ActorId to() const {
    return std::bit_cast<ActorId>(static_cast<std::uint32_t>(bits_ >> 32U));
  }
  [[nodiscard]] ActorId from() const { return std::bit_cast<ActorId>(static_cast<std::uint32_t>(bits_)); }
  friend auto operator<=>(Route, Route) = default;

 private:
  std::uint64_t bits_ = 0;
};

/// One message that arrives.
struct Event {
  Instant at{};
  Route route;
  const Message* message = nullptr;  ///< until the next event is taken
  [[nodiscard]] ActorId to() const { return route.to(); }
  [[nodiscard]] ActorId from() const { return route.from(); }
};

/// Virtual time: messages and timers in the order (time, destination, source, the source's own sequence
/// number), so that the order never depends on how the queue is built. The time is that of the event that was
/// taken last.
class EventQueue {
 public:
  explicit EventQueue(Instant start) : now_(start) {}

  [[nodiscard]] Instant now() const { return now_; }
  /// The same without the clock's jumps.
  [[nodiscard]] Instant steady_now() const { return now_ - jumped_; }
  [[nodiscard]] std::uint64_t taken() const { return taken_; }
  [[nodiscard]] std::size_t waiting() const {
    return later_.size() + soon_count_ + due_count_ - due_at_ + (is_passing_ ? 1U : 0U);
  }

  /// Whether only daemons have anything waiting for them, who would keep a run going for ever: nodes and
  /// their placement with their heartbeats, and the plant, whose timers tell of faults to come.
  [[nodiscard]] bool only_daemons_wait() const { return !is_passing_ && waiting() == for_daemons_; }

  /// Sends a message that arrives at `at`, or 1 ns from now when that is not later.
  template <class M>
  void post(ActorId from, ActorId to, Instant at, const M& message) {
    Message& place = push(from, to, at).message;
    if constexpr (std::is_same_v<M, Message>) {
      place = message;
    } else {
      place.template emplace<M>(message);
    }
  }

  /// Sends a message that arrives 1 ns from now, as most between actors do: usually it is the next event, and
  /// waits past the queue, and comes as one that is posted would. Who sends posts nothing for that
  /// nanosecond.
  template <class M>
  void send(ActorId from, ActorId to, const M& message) {
    if (is_passing_) post_passing();
    // What is held arrives later, and others before it.
    if (!is_quiet() || !held_until_.empty()) return post(from, to, now_ + Duration(1), message);
    passing_ ^= 1U;
    past_[passing_].template emplace<M>(message);
    passing_route_ = Route(from, to);
    is_passing_ = true;
  }

  /// A timer of `owner` at `at`, or 1 ns from now when that has passed.
  TimerId set_timer(ActorId owner, Instant at, TimerTag tag);
  /// A timer of `owner` after a span of the steady time.
  TimerId set_timer_after(ActorId owner, Duration span, TimerTag tag);
  void cancel_timer(TimerId timer);

  /// What is on its way to a place (its own timers too), and all that is sent there until then, arrives at
  /// `until` or later: its process hangs.
  void hold(Place place, Instant until);

  /// What is on its way to a place never arrives: its process has ended. Nothing is held any longer. The
  /// plant and the nodes' machines are no part of the scheduler's process.
  void drop(Place place);

  /// The connection from the scheduler's process to a node has ended: nothing that is on its way over it
  /// arrives.
  void drop_from_scheduler(Place place);

  /// The next event, and the time moves to it; none when nothing is on its way. `coming` is told between whom
  /// the events of the next few milliseconds are, once, in no order: it has on its way to the processor what
  /// they will need.
  template <class Coming>
  std::optional<Event> take(Coming coming);
  std::optional<Event> take() {
    return take([](Route /*route*/) {});
  }

  /// The clock is put forward or back: messages take as long as before, timers after a span too, timers at an
  /// instant keep it. One whose instant has passed goes off at once.
  void jump(Duration by);

  static constexpr std::uint32_t max_waiting = 1U << 24U;  ///< events on their way at once

 private:
  static constexpr std::uint32_t cell_bits = 24;
  static constexpr std::uint64_t cell_mask = (std::uint64_t{1} << cell_bits) - 1;
  static constexpr std::uint32_t none = UINT32_MAX;

  /// 24 bytes that sort as three numbers: time, destination and source, sequence number and cell.
  struct Entry {
    Entry() = default;
    Entry(std::int64_t arrives, Route way, std::uint64_t number) : at(arrives), route(way), order(number) {}
    [[nodiscard]] std::uint32_t cell() const { return static_cast<std::uint32_t>(order & cell_mask); }
    std::int64_t at = 0;
    Route route;
    std::uint64_t order = 0;
    friend bool operator<(const Entry& a, const Entry& b) {
      if (a.at != b.at) return a.at < b.at;
      return a.route != b.route ? a.route < b.route : a.order < b.order;
    }
  };
  struct Cell {
    Message message;
    std::uint64_t order = 0;  ///< of the entry whose message this is; of a free one, the next free one
    void prefetch() const {
      prefetch_line(&message);
      prefetch_line(&order);
    }
  };
  static constexpr std::uint64_t cancelled = UINT64_MAX;
  static constexpr std::uint64_t is_free = std::uint64_t{1} << 63U;

  static constexpr bool is_daemon(ActorId actor) { return actor.kind >= ActorKind::plant; }
  /// Whether nothing in the queue is known to arrive at the next nanosecond.
  [[nodiscard]] bool is_quiet() const { return soon_count_ == 0 && due_at_ == due_count_; }
  /// Whether the message that is past the queue comes before all that are in it.
  [[nodiscard]] bool passing_is_next();
  void post_passing() {
    is_passing_ = false;
    post(passing_route_.from(), passing_route_.to(), now_ + Duration(1), past_[passing_]);
  }
  /// The cell for its message.
  Cell& push(ActorId from, ActorId to, Instant at);
  /// Makes more cells free.
  void add_cells();
  /// When it arrives at a place that may be held.
  [[nodiscard]] Instant held(Place place, Instant at) const;
  /// Removes the first entry, which can be read until the next call; null when there is none.
  template <class Coming>
  const Entry* pop(Coming coming);
  /// The same, when several arrive at one nanosecond.
  const Entry* pop_of_many();
  void free(std::uint32_t cell) {
    cell_at(cell).order = is_free | free_;
    free_ = cell;
  }
  /// Has everything in later_: for what is done seldom.
  void gather();
  /// Everything that waits for a place.
  template <class Visit>
  void for_each_to(Place place, Visit visit);
  [[nodiscard]] Cell& cell_at(std::uint32_t cell) {
    return chunks_[cell >> chunk_bits][cell & ((1U << chunk_bits) - 1)];
  }

  TimerId add_timer(ActorId owner, Instant at, const TimerFired& message);

  Instant now_;
  Duration jumped_{0};  ///< by the clock, in all
  std::uint64_t taken_ = 0;
  std::size_t for_daemons_ = 0;  ///< of what is in the queue
  /// One for all sources: of two messages of one source the earlier has the smaller number, as with one each.
  std::uint64_t sequence_ = 0;
  std::uint32_t handled_ = none;  ///< the cell of the event that was taken last
  std::uint32_t free_ = none;     ///< the first free cell
  /// Messages stay where they are while others come.
  static constexpr std::uint32_t chunk_bits = 9;
  std::vector<std::unique_ptr<Cell[]>> chunks_;
  /// What arrives at the next nanosecond, as most messages between actors do: sorted once, when it has come.
  std::vector<Entry> soon_ = std::vector<Entry>(16);
  std::size_t soon_count_ = 0;
  std::vector<Entry> due_ = std::vector<Entry>(16);  ///< what has come of it, sorted
  std::size_t due_at_ = 0;                           ///< the next of due_
  std::size_t due_count_ = 0;
  TimeWheel<Entry> later_;           ///< everything later
  std::vector<Instant> held_until_;  ///< by place
  /// The message that is past the queue, if there is one, and the one that is being handled.
  std::array<Message, 2> past_{};
  Route passing_route_;
  std::uint8_t passing_ = 0;
  bool is_passing_ = false;
};

inline EventQueue::Cell& EventQueue::push(ActorId from, ActorId to, Instant at) {
  if (free_ == none) add_cells();
  const std::uint32_t number = free_;
  Cell& cell = cell_at(number);
  free_ = static_cast<std::uint32_t>(cell.order);
  const std::uint64_t order = (sequence_++ << cell_bits) | number;
  cell.order = order;
  const Instant soon = now_ + Duration(1);
  Instant arrives = std::max(at, soon);
  if (!held_until_.empty()) arrives = held(to.place(), arrives);
  const std::int64_t count = arrives.time_since_epoch().count();
  const Route route(from, to);
  if (is_daemon(to)) ++for_daemons_;
  if (arrives != soon) {
    later_.push(Entry(count, route, order));
    return cell;
  }
  if (soon_count_ == soon_.size()) soon_.resize(2 * soon_count_);
  // Field by field: it is read again at once, and a wider store would not have arrived by then.
  Entry& entry = soon_[soon_count_++];
  entry.at = count;
  entry.route = route;
  entry.order = order;
  return cell;
}

template <class Coming>
const EventQueue::Entry* EventQueue::pop(Coming coming) {
  if (due_at_ < due_count_ || soon_count_ > 1) return pop_of_many();
  const Entry* near = later_.near();
  if (soon_count_ == 1) {
    const Entry& soon = soon_.front();
    if (near == nullptr ? soon.at >= later_.near_end() : *near < soon) return pop_of_many();
    soon_count_ = 0;
    return &soon;
  }
  if (near == nullptr) {
    near = later_.top([&](const Entry& entry) {
      cell_at(entry.cell()).prefetch();
      coming(entry.route);
    });
  }
  return near == nullptr ? nullptr : later_.pop(near);
}

inline bool EventQueue::passing_is_next() {
  if (!is_quiet()) return false;
  const std::int64_t soon = now_.time_since_epoch().count() + 1;
  const Entry* near = later_.near();
  if (near == nullptr) return soon < later_.near_end();
  return soon < near->at || (soon == near->at && passing_route_ < near->route);
}

template <class Coming>
std::optional<Event> EventQueue::take(Coming coming) {
  if (handled_ != none) free(handled_);
  handled_ = none;
  if (is_passing_) {
    if (passing_is_next()) {
      is_passing_ = false;
      now_ += Duration(1);
      ++taken_;
      return Event{now_, passing_route_, &past_[passing_]};
    }
    post_passing();
  }
  while (const Entry* entry = pop(coming)) {
    Cell& cell = cell_at(entry->cell());
    if (is_daemon(entry->route.to())) --for_daemons_;
    if (cell.order != entry->order) {
      free(entry->cell());
      continue;
    }
    handled_ = entry->cell();
    now_ = std::max(now_, Instant(Duration(entry->at)));
    ++taken_;
    return Event{now_, entry->route, &cell.message};
  }
  return std::nullopt;
}

}  // namespace camfleet::sim
