#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "actors/plan/roster.hpp"

namespace camfleet::cli {

/// What a benchmark runs: devices of one kind, one algorithm, every day in UTC.
struct BenchFleet {
  std::uint32_t devices = 1;  ///< of each instance
  DeviceKind kind = DeviceKind::live;
  std::string source{};
  int opens_s = 0;  ///< of the day
  int closes_s = 0;
  std::optional<Polling> polling{};
  /// With polling their slices begin evenly over the round: one strip after the other, as the roster would
  /// have them, but each lap a little later than the one before instead of at its instants.
  std::uint32_t instances = 1;
};

/// The plan of bench hold.
inline constexpr std::uint32_t hold_devices = 10'000;
inline constexpr Polling hold_polling{seconds(10), std::chrono::minutes(10)};

Roster make_roster(const BenchFleet& fleet);

}  // namespace camfleet::cli
