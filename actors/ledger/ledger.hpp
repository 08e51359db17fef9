#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/base/ids.hpp"
#include "actors/base/time.hpp"
#include "actors/ledger/outcome.hpp"
#include "actors/plan/roster.hpp"

namespace camfleet {

/// The name of a slice.
struct SliceKey {
  InstanceIx instance;
  DeviceIx device;
  Instant due_at{};
  friend bool operator==(const SliceKey&, const SliceKey&) = default;
};
struct SliceKeyHash {
  std::size_t operator()(const SliceKey& key) const;
};

/// A stretch of a slice on one node; rows without parts ran on one node from start to end.
struct SlicePart {
  std::string node;
  Instant from{};
  Instant to{};
  std::string why;  ///< "node_lost", "drained", or empty (it was the last part)
  friend bool operator==(const SlicePart&, const SlicePart&) = default;
};

/// A span of a slice whose samples the ledger has given up, though some may have been analysed: by a node
/// that was lost before it told of them, or by an earlier process. What is found in them is *late*: it is
/// kept, and belongs to no sample that counts.
struct GivenUp {
  Instant from{};
  Instant to{};
  [[nodiscard]] bool has(Instant at) const { return at >= from && at < to; }
  friend bool operator==(const GivenUp&, const GivenUp&) = default;
};

/// What became of a slice.
struct Judgement {
  Outcome outcome = Outcome::done;
  Reason reason = Reason::none;
  friend bool operator==(const Judgement&, const Judgement&) = default;
};

/// What a slice came to on nodes that it has left; the rest of it goes on elsewhere.
struct SliceSoFar {
  Instant due_at{};  ///< of the rest
  std::vector<SlicePart> parts;
  std::vector<GivenUp> given_up;           ///< of those
  std::vector<AlgorithmAccount> accounts;  ///< the same; one per algorithm, or none
  std::optional<Instant> started_at;
  Duration observed{0};
  friend bool operator==(const SliceSoFar&, const SliceSoFar&) = default;
};

/// The account of one due slice.
struct SliceRow {
  SliceKey key;
  std::optional<Instant> started_at;  ///< none when nothing was delivered
  Instant ended_at{};
  Duration planned{0};
  Duration observed{0};         ///< of the planned span, as much as the stream delivered
  bool cut = false;             ///< ended by the window's close before it was whole
  bool skipped = false;         ///< decided beforehand that it does not run
  Reason fault = Reason::none;  ///< why nothing was delivered, where no sample tells
  std::string_view node;        ///< outlives the row, which is kept until it is written down
  std::vector<SlicePart> parts;
  std::vector<GivenUp> given_up;
  std::vector<AlgorithmAccount> algorithms;  ///< in the order of the instance's list
  Judgement verdict;                         ///< what judge() says of it, whoever has made it
  std::string detail;                        ///< the reason in words, see detail_text; empty: nobody said
};

/// At most so many characters of `text`, without control characters.
inline constexpr std::size_t most_detail = 200;
std::string detail_text(std::string_view text);

/// done: every due sample was analysed or gated; partial: some were; missed: none was; skipped: decided
/// beforehand. The slice takes its worst algorithm's outcome and the commonest reason of all its dropped
/// samples (of equally common ones the first of the list), or `fault` when there is none.
Judgement judge(const SliceRow& row);

/// Nothing of a row counts that was analysed: another process had that.
void give_up_all(SliceRow& row);

/// What must hold for every row: due = analysed + gated + Σ dropped for each algorithm, at least one
/// algorithm, no sample dropped without a reason, no start before it was due, no end before its start,
/// nothing analysed when skipped, its verdict that of judge(). Errors: broken_invariant, with the sums.
result<void> check_row(const SliceRow& row);

/// Sums over a run.
struct LedgerTotals {
  std::uint64_t slices_due = 0;
  std::array<std::uint64_t, 4> slices{};  ///< by Outcome
  std::uint64_t samples_due = 0;
  std::uint64_t analysed = 0;
  std::uint64_t gated = 0;
  std::array<std::uint64_t, reason_count> dropped{};
  std::uint64_t peak = 0;  ///< most slices that were planned to run at one instant
};

/// The account of every due slice: each is opened once, ended once, and all sums match. Memory grows with the
/// slices that are open and the devices of instances, not with the slices that ended.
class Ledger {
 public:
  explicit Ledger(const Roster& roster) : roster_(&roster) {}

  /// A slice became due and is planned to last `planned`; 0: it has no end. Errors: broken_invariant when it
  /// is not due after the slice of its device and instance before it: nothing is due twice.
  result<void> due(const SliceKey& key, Duration planned);

  /// Its account, and `line`, its line in ledger.jsonl, for the fingerprint; empty: for none. Errors:
  /// broken_invariant when it was not open or when the row does not add up.
  result<void> ended(const SliceRow& row, std::string_view line);

  /// An instance is gone, and its number may be another's; its slices have ended.
  void forget(InstanceIx instance);

  /// Errors: broken_invariant when a slice is still open or the totals do not add up.
  [[nodiscard]] result<void> closed() const;

  [[nodiscard]] const LedgerTotals& totals() const { return totals_; }
  [[nodiscard]] std::size_t open() const { return open_.size(); }
  /// The slices that have no outcome yet and what they were planned to last, by due_at, instance, device.
  [[nodiscard]] std::vector<std::pair<SliceKey, Duration>> open_slices() const;

  /// When the last slice of an instance was due that is known; the least instant when there is none.
  [[nodiscard]] Instant last_due(InstanceIx instance) const {
    return instance.value < last_due_of_.size() ? last_due_of_[instance.value] : Instant::min();
  }

  /// Hashes over all rows (the fields of ledger.jsonl) and over the due slices alone (instance, device,
  /// due_at, planned): sums of one hash per row, so that the order in which rows come does not matter, as if
  /// they were sorted by due_at, instance, device. 16 hexadecimal digits.
  [[nodiscard]] std::string fingerprint() const;
  [[nodiscard]] std::string plan_fingerprint() const;

 private:
  [[nodiscard]] std::uint64_t name_hash(const SliceKey& key) const;

  const Roster* roster_;
  LedgerTotals totals_;
  std::unordered_map<SliceKey, Duration, SliceKeyHash> open_;  // lookup only
  std::unordered_map<std::uint64_t, Instant> last_due_;        // lookup only
  std::vector<Instant> last_due_of_;                           ///< by instance
  std::priority_queue<Instant, std::vector<Instant>, std::greater<>> planned_ends_;
  std::uint64_t fingerprint_ = 0;
  std::uint64_t plan_fingerprint_ = 0;
};

/// Adds `detail` to a line of ledger.jsonl, where the row has one: after its hash was taken, as the worlds
/// agree on what happened and not on words.
void append_detail(std::string& line, const SliceRow& row);

/// One line of ledger.jsonl without its line end and without `detail`, appended to `out`.
void append_ledger_line(std::string& out, const SliceRow& row, const Roster& roster);

}  // namespace camfleet
