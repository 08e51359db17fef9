#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/base/time.hpp"
#include "actors/ledger/ledger.hpp"
#include "actors/machines/protocol.hpp"
#include "actors/plan/roster.hpp"

namespace camfleet {

/// How long after the last instant of a store its slices are written off one by one, by default.
inline constexpr Duration usual_settle = hours(24 * 7);

/// A slice that a store knows.
struct StoredSlice {
  DeviceIx device;
  Instant due_at{};
  Duration planned{0};  ///< 0: it has no end
  friend bool operator==(const StoredSlice&, const StoredSlice&) = default;
};

/// Slices that were due from `from` on and over by `to` have one row for many.
struct SettledSpan {
  Instant from{};
  Instant to{};
  friend bool operator==(const SettledSpan&, const SettledSpan&) = default;
};

/// What a store knows of an instance.
struct StoredInstance {
  InstanceIx instance{};
  bool is_ended = false;              ///< it was deleted
  std::vector<DeviceIx> removed{};    ///< devices of its spec that it no longer has
  std::optional<Instant> last_due{};  ///< of the latest slices that are known; none: it had none yet
  /// Those of `last_due` that have their row; and later ones, where a clock was ahead.
  std::vector<StoredSlice> ended{};
  std::vector<StoredSlice> open{};       ///< that have none, by due_at
  std::optional<SettledSpan> settled{};  ///< the latest one
};

/// Under which a process goes on.
struct RecoverySettings {
  Instant now{};
  std::optional<Instant> alive{};  ///< when a process was there last; none: not known
  Duration settle = usual_settle;
  std::string_view node{};  ///< of rows
};

/// What a process does that goes on from a store.
struct Recovery {
  struct Followed {
    AddInstance add;
    std::vector<RecallSlice> slices;  ///< to be recalled before it is added
    bool settles_anew = false;        ///< the row of its settled span is to be written, or written anew
  };
  std::vector<Followed> followed;  ///< instances that were not deleted, in the order in which they were given
  /// All open slices and what they were planned to last, by due_at, instance, device.
  std::vector<std::pair<SliceKey, Duration>> reopened;
  /// Of those, the accounts of slices that nobody goes on with, in the same order.
  std::vector<SliceRow> cancelled;
};

/// What follows from what a store knows: what was due at `last_due` and has neither a row nor is open is due
/// still, as a process may have ended between two commits; what was due while nobody was there for longer
/// than `settle` has one row for many; slices of what was deleted end as cancelled.
Recovery recover(std::span<const StoredInstance> stored, const Roster& roster,
                 const RecoverySettings& settings);

}  // namespace camfleet
