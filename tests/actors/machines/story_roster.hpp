#pragma once

#include <map>
#include <memory>
#include <string>

#include "actors/plan/roster.hpp"

namespace camfleet::testing {

/// The roster that a story's keys describe; what they do not say is as here.
///
///     nodes: none            names with their ACU, "a:4 b"
///     devices: live          each live, recorded[:seconds] or pictures[:count]
///     windows: 0-120         every day, in seconds of the day (UTC); "once" is a `once` without times
///     polling: none          "10/60": 10 s every minute
///     spf: 1                 or "every_frame"
///     algorithms: 1          how many
///     off: none              devices that are not pulled, by position
///     instances: 1           how many, all alike
std::unique_ptr<Roster> story_roster(const std::map<std::string, std::string>& keys);

}  // namespace camfleet::testing
