#pragma once

#include <map>
#include <mutex>
#include <string>

#include "actors/base/error.hpp"
#include "actors/ledger/ledger.hpp"

namespace camfleet::plant {

/// What went wrong last with each device, in words, by the reason that the ledger gives for it. Thread-safe.
class LastProblems {
 public:
  /// How long before a slice was due a problem may have been its own: it connects early, and tries again.
  static constexpr Duration before = minutes(1);

  /// Errors without their place: a row names its device.
  void note(DeviceIx device, Reason reason, const Error& error, Instant at);

  /// For SliceRow::detail: what explains the row's reason, and happened in the slice's time; empty: nothing.
  [[nodiscard]] std::string detail_of(const SliceRow& row) const;

  /// Its number will be another's.
  void forget(DeviceIx device);

 private:
  struct Problem {
    std::string words;
    Instant at{};
  };
  mutable std::mutex mutex_;
  std::map<DeviceIx, std::map<Reason, Problem>> problems_;
};

}  // namespace camfleet::plant
