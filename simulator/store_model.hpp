#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "actors/ledger/ledger_book.hpp"
#include "actors/machines/recovery.hpp"
#include "simulator/event_queue.hpp"
#include "simulator/fault.hpp"
#include "simulator/stored_run.hpp"

namespace camfleet::sim {

/// The store of the scheduler's process. What is to be written down becomes durable in groups, one after the
/// other: whatever waits when a commit ends goes into the next one. What is durable is in the book, and is
/// known when the process begins anew; what waits is lost with it.
class StoreModel {
 public:
  /// How long a commit takes when nothing is wrong.
  static constexpr Duration usual_commit = milliseconds(5);

  /// `faults` of the run, of which some befall the store. Where neither one of them nor a restart is to come,
  /// nobody can tell how long a commit takes: it takes no time.
  StoreModel(const Roster& roster, EventQueue& queue, LedgerBook& book, std::span<const Fault> faults);

  /// Whether more may be written down.
  [[nodiscard]] bool takes_more() const;
  void due(const SliceKey& key, Duration planned);
  /// The rest of an open slice goes on elsewhere.
  void moved(const SliceKey& key, const SliceSoFar& so_far) { add(Moved{key, so_far}); }
  /// What is durable of that; null: nothing.
  [[nodiscard]] const SliceSoFar* so_far(const SliceKey& key) const { return durable_.so_far(key); }
  /// `detail` as LedgerBook has it.
  void ended(const SliceRow& row, std::string detail);
  /// The timer that it set, with `commit_tag`, has gone off.
  void committed();
  static constexpr TimerTag commit_tag{.kind = 1};
  void process_ended();
  /// Whose rows a commit has made durable since this was asked last.
  std::vector<SliceKey> take_stored() { return std::exchange(stored_, {}); }
  /// Whether nothing waits to be written down.
  [[nodiscard]] bool is_settled() const { return waiting_.empty(); }

  /// All instances of the roster, none of them as deleted.
  [[nodiscard]] std::vector<StoredInstance> stored() const { return durable_.stored(); }
  /// True when a fault of it may have had samples of a slice from `from` to `to` lost, where what a fault did
  /// shows up to `reach` later.
  [[nodiscard]] bool fault_near(Instant from, Instant to, Duration reach) const;

 private:
  struct Due {
    SliceKey key;
    Duration planned;
  };
  struct Ended {
    SliceRow row;
    std::string detail;
  };
  struct Moved {
    SliceKey key;
    SliceSoFar so_far;
  };
  using Change = std::variant<Due, Ended, Moved>;

  void add(Change change);
  void begin_commit();
  void apply(const Due& change);
  void apply(const Ended& change);
  void apply(const Moved& change);
  /// When a commit that begins now is through.
  [[nodiscard]] Duration commit_takes() const;

  EventQueue* queue_;
  LedgerBook* book_;
  std::vector<Fault> faults_;
  bool is_immediate_;
  std::vector<SliceKey> stored_;
  std::deque<Change> waiting_;
  std::size_t committing_ = 0;  ///< of those, the first
  TimerId timer_ = no_timer;
  StoredRun durable_;  ///< where nobody asks, nothing
};

}  // namespace camfleet::sim
