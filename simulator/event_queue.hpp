#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "actors/executor.hpp"
#include "actors/protocol.hpp"
#include "actors/time.hpp"
#include "simulator/quad_heap.hpp"

namespace camfleet::sim {

/// One message that arrives.
struct Event {
  Instant at{};
  ActorId to;
  ActorId from;
  const Message* message;  ///< until the next event is taken
};

/// Virtual time: messages and timers in the order (time, destination, source, the source's own sequence
/// number), so that the order never depends on how the queue is built. The time is that of the event that was
/// taken last.
class EventQueue {
 public:
  explicit EventQueue(Instant start) : now_(start) {}

  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] std::uint64_t taken() const { return taken_; }
  [[nodiscard]] std::size_t waiting() const { return heap_.size() + soon_.size() + due_.size() - due_at_; }

  /// Sends a message that arrives at `at`, or 1 ns from now when that is not later.
  template <class M>
  void post(ActorId from, ActorId to, Instant at, const M& message) {
    cell_at(push(from, to, at)).message = message;
  }

  /// A timer of `owner` at `at`, or 1 ns from now when that has passed.
  TimerId set_timer(ActorId owner, Instant at, std::uint64_t tag);
  void cancel_timer(TimerId timer);

  /// What is on its way to a place (its own timers too), and all that is sent there until then, arrives at
  /// `until` or later: its process hangs.
  void hold(std::uint16_t place, Instant until);

  /// What is on its way to a place never arrives: its process has ended. Nothing is held any longer. The
  /// plant and the nodes' machines are no part of the scheduler's process, 0.
  void drop(std::uint16_t place);

  /// The connection from the scheduler's process to a node has ended: nothing that is on its way over it
  /// arrives.
  void drop_from_scheduler(std::uint16_t place);

  /// The next event, and the time moves to it; none when nothing is on its way.
  std::optional<Event> take();

  /// Who gets the event that is the next as things stand; the plant when there is none.
  [[nodiscard]] ActorId next_to() const;

  /// The clock is put forward or back: messages take as long as before, timers keep their instants. One whose
  /// instant has passed goes off at once.
  void jump(Duration by);

  static constexpr std::uint32_t max_waiting = 1U << 24U;  ///< events on their way at once

 private:
  /// 24 bytes that sort as three numbers: time, destination and source, sequence number and cell.
  struct Entry {
    std::int64_t at;
    std::uint64_t route;
    std::uint64_t order;
    friend bool operator<(const Entry& a, const Entry& b) {
      if (a.at != b.at) return a.at < b.at;
      return a.route != b.route ? a.route < b.route : a.order < b.order;
    }
  };
  struct Cell {
    Message message;
    std::uint32_t use = 0;
    bool cancelled = false;
  };

  /// The cell for its message.
  std::uint32_t push(ActorId from, ActorId to, Instant at);
  /// Removes the first entry; false when there is none.
  bool pop(Entry& first);
  /// Everything that waits for a place.
  template <class Visit>
  void for_each_to(std::uint16_t place, Visit visit);
  /// The first entry as things stand, soon_ aside; null when there is none.
  [[nodiscard]] const Entry* first() const;

  Instant now_;
  std::uint64_t taken_ = 0;
  /// What arrives at the next nanosecond, as most messages between actors do: sorted once, when it has come.
  std::vector<Entry> soon_;
  std::vector<Entry> due_;  ///< what has come of it, sorted
  std::size_t due_at_ = 0;  ///< the next of due_
  QuadHeap<Entry> heap_;    ///< everything later
  /// Messages stay where they are while others come.
  static constexpr std::uint32_t chunk_bits = 9;
  [[nodiscard]] Cell& cell_at(std::uint32_t cell) {
    return chunks_[cell >> chunk_bits][cell & ((1U << chunk_bits) - 1)];
  }
  std::vector<std::unique_ptr<Cell[]>> chunks_;
  std::uint32_t cells_ = 0;
  std::vector<std::uint32_t> free_;
  std::optional<std::uint32_t> handled_;  ///< the cell of the event that was taken last
  /// One for all sources: of two messages of one source the earlier has the smaller number, as with one each.
  std::uint64_t sequence_ = 0;
  std::vector<Instant> held_until_;  ///< by place
};

}  // namespace camfleet::sim
