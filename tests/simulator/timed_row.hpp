#pragma once

#include <cstdint>

namespace camfleet::sim {

/// What the queues' parts are tested with: sorts by time, then by number.
struct TimedRow {
  std::int64_t at = 0;
  std::uint32_t number = 0;
  friend bool operator<(const TimedRow& a, const TimedRow& b) {
    return a.at != b.at ? a.at < b.at : a.number < b.number;
  }
  friend bool operator==(const TimedRow&, const TimedRow&) = default;
};

}  // namespace camfleet::sim
