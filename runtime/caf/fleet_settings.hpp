#pragma once

#include <cstdint>
#include <string>

#include "actors/base/time.hpp"
#include "actors/machines/analyzer.hpp"
#include "actors/machines/device.hpp"

namespace camfleet::shells {

struct FleetSettings {
  std::uint64_t seed = 1;
  Instant until = end_of_time;  ///< nothing is due from here on
  std::string node = "local";   ///< in the ledger's rows
  AnalyzerSettings analyzer;
  DeviceSettings device;
};

}  // namespace camfleet::shells
