#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "actors/ledger/ledger.hpp"
#include "actors/plan/concurrency.hpp"
#include "actors/plan/roster.hpp"

namespace camfleet::cli {

/// How much of a run's work is done, in samples: those of slices that ended, and of running ones as many as
/// their time has passed. Between windows nothing is done, however long they are apart. From any thread.
class WorkMeter {
 public:
  static constexpr std::uint64_t whole = 1'000'000;

  /// Of every instance that the roster has now.
  WorkMeter(const Roster& roster, Instant from, Instant until);

  void due(const SliceKey& key);
  void ended(const SliceRow& row);

  /// In `whole`ths. At most all but one of them: what is planned is known on average alone.
  [[nodiscard]] std::uint64_t done(Instant now) const;
  /// When the last window closes.
  [[nodiscard]] Instant ends() const { return planned_.ends; }

 private:
  [[nodiscard]] double seconds_in(Instant at) const;

  Instant from_;
  Workload planned_;
  std::vector<double> rates_;  ///< samples a second of a slice, by instance
  mutable std::mutex mutex_;   ///< guards what follows
  double ended_ = 0;           ///< samples of slices that ended
  // Of those that run, Σ rate · (now − due) is known without a look at each.
  double open_rate_ = 0;
  double open_rate_due_ = 0;
};

}  // namespace camfleet::cli
