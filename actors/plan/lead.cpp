#include "actors/plan/lead.hpp"

#include <algorithm>

namespace camfleet {
namespace {

/// What connecting may take of the lead; the rest is for a key frame to come.
constexpr Duration connect_span = seconds(3);

}  // namespace

std::uint8_t lead_seconds(Duration key_distance) {
  const Duration lead = std::min(key_distance, longest_lead - connect_span) + connect_span;
  return lead <= live_lead ? 0 : static_cast<std::uint8_t>(ceil_div(lead, seconds(1)));
}

}  // namespace camfleet
