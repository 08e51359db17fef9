#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "actors/roster.hpp"

namespace camfleet::cli {

/// What a benchmark runs: devices of one kind under one instance of one algorithm, every day in UTC.
struct BenchFleet {
  std::uint32_t devices = 1;
  DeviceKind kind = DeviceKind::live;
  std::string source{};
  int opens_s = 0;  ///< of the day
  int closes_s = 0;
  std::optional<Polling> polling{};
};

Roster make_roster(const BenchFleet& fleet);

}  // namespace camfleet::cli
