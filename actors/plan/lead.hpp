#pragma once

#include <cstdint>

#include "actors/base/time.hpp"

namespace camfleet {

/// How long before a slice a live camera is connected, unless more is known of it.
inline constexpr Duration live_lead = seconds(5);
/// The longest that any camera is connected before a slice.
inline constexpr Duration longest_lead = seconds(60);

/// How long before a slice a camera whose key frames are `key_distance` apart is connected, in whole seconds:
/// the distance and 3 s more, at most longest_lead; 0 where live_lead is enough.
std::uint8_t lead_seconds(Duration key_distance);

/// The lead that lead_seconds tells of.
constexpr Duration lead_of(std::uint8_t lead_s) {
  return lead_s == 0 ? live_lead : seconds(lead_s);
}

}  // namespace camfleet
