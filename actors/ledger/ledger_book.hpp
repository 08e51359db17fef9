#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "actors/ledger/ledger.hpp"

namespace camfleet {

/// A ledger that writes: every row as a line of ledger.jsonl, in the order in which slices end, and the first
/// broken invariant kept for whoever runs it. What a plant puts behind slice_due and slice_ended.
class LedgerBook {
 public:
  /// Gets every row, and its line with the line end.
  using Sink = std::function<void(const SliceRow& row, std::string_view line)>;

  /// Without lines there is no fingerprint, and the sink gets empty ones.
  LedgerBook(const Roster& roster, Sink sink, bool lines = true)
      : roster_(&roster), ledger_(roster), sink_(std::move(sink)), lines_(lines) {}

  /// Gets every slice that becomes due.
  using DueSink = std::function<void(const SliceKey& key, Duration planned)>;
  void on_due(DueSink sink) { due_sink_ = std::move(sink); }

  /// Gets every broken invariant, the first included.
  void on_broken(std::function<void(const Error&)> sink) { broken_sink_ = std::move(sink); }

  void due(const SliceKey& key, Duration planned) {
    keep(ledger_.due(key, planned));
    if (due_sink_) due_sink_(key, planned);
  }

  void ended(const SliceRow& row) {
    line_.clear();
    if (lines_) append_ledger_line(line_, row, *roster_);
    keep(ledger_.ended(row, line_));
    if (lines_) append_detail(line_, row);
    if (lines_) line_ += '\n';
    if (sink_) sink_(row, line_);
  }

  /// The same of a row whose reason `detail` explains; empty: nobody said.
  void ended(const SliceRow& row, std::string detail) {
    if (detail.empty()) return ended(row);
    SliceRow explained = row;
    explained.detail = std::move(detail);
    ended(explained);
  }

  /// See Ledger.
  void forget(InstanceIx instance) { ledger_.forget(instance); }

  /// Errors: broken_invariant: the first that was seen, else what is still open.
  [[nodiscard]] result<void> closed() const {
    if (error_) return pass(*error_);
    return ledger_.closed();
  }

  [[nodiscard]] const Ledger& ledger() const { return ledger_; }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  void keep(const result<void>& outcome) {
    if (outcome.has_value()) return;
    if (!error_) error_ = outcome.error();
    if (broken_sink_) broken_sink_(outcome.error());
  }

  const Roster* roster_;
  Ledger ledger_;
  Sink sink_;
  DueSink due_sink_;
  std::function<void(const Error&)> broken_sink_;
  bool lines_;
  std::string line_;
  std::optional<Error> error_;
};

}  // namespace camfleet
