#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "actors/ledger/ledger_book.hpp"
#include "actors/machines/recovery.hpp"
#include "actors/plan/roster.hpp"

namespace camfleet::sim {

/// What is durable of a run, from which a scheduler's process that begins anew goes on: the book's slices and
/// rows, what was due last, and what is over of slices that have moved.
class StoredRun {
 public:
  /// Both outlive it.
  StoredRun(const Roster& roster, const LedgerBook& book) : roster_(&roster), book_(&book) {}

  void due(const SliceKey& key);
  /// The rest of an open slice goes on elsewhere.
  void moved(const SliceKey& key, const SliceSoFar& so_far) { moved_.insert_or_assign(key, so_far); }
  void ended(const SliceKey& key) { moved_.erase(key); }

  /// Of a slice that has moved; null: nothing.
  [[nodiscard]] const SliceSoFar* so_far(const SliceKey& key) const;
  /// All instances of the roster, none of them as deleted.
  [[nodiscard]] std::vector<StoredInstance> stored() const;

 private:
  struct LastDue {
    Instant at = Instant::min();
    std::vector<DeviceIx> devices;  ///< that are known to have been due then
  };

  const Roster* roster_;
  const LedgerBook* book_;
  std::vector<LastDue> last_due_;  ///< by instance
  /// Of open slices.
  std::unordered_map<SliceKey, SliceSoFar, SliceKeyHash> moved_;  // lookup only
};

}  // namespace camfleet::sim
