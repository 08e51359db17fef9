#pragma once

#include <optional>
#include <string>

#include "actors/base/time.hpp"

namespace camfleet {

/// A wall time "2026-03-02 10:00:00" of an IANA zone; one that a clock shows twice is the first of the two,
/// one that it skips the instant of the change. None: it is no such text, or no such zone.
std::optional<Instant> parse_wall(const std::string& text, const std::string& zone);

/// The wall time of an instant, whole seconds; UTC where there is no such zone.
std::string to_wall(Instant at, const std::string& zone);

}  // namespace camfleet
