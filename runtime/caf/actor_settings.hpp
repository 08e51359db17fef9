#pragma once

#include <cstdint>
#include <string>

#include "actors/base/time.hpp"
#include "actors/machines/analyzer.hpp"
#include "actors/machines/device_settings.hpp"

namespace camfleet::shells {

struct ActorSettings {
  std::uint64_t seed = 1;
  Instant until = end_of_time;  ///< nothing is due from here on
  std::string node = "local";   ///< in the ledger's rows
  AnalyzerSettings analyzer;
  DeviceSettings device;
};

}  // namespace camfleet::shells
