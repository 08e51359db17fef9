#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "actors/plan/lead.hpp"
#include "actors/plan/roster.hpp"
#include "actors/plan/rounds.hpp"

namespace camfleet {

/// The lead of an instance: live_lead when one of its devices is live, else none.
Duration lead_of(const InstanceEntry& instance, const Roster& roster);

/// What the slices of one of its windows follow from. In a window that is open when the instance is created,
/// live devices are joined live_lead later, so that they can connect. Nothing is due from `until` on.
RoundPlan plan_of(const InstanceEntry& instance, const Roster& roster, const Window& window, Instant until);

/// The window with the end that it really has: that of a `once` without times is over after its one round, or
/// with its footage; a live camera has no end.
/// `removed`: devices that it no longer has.
Window fitted(const Window& window, const InstanceEntry& instance, const Roster& roster,
              const std::vector<DeviceIx>& removed);

/// The window that is open when an instance is created, else the next; fitted().
std::optional<Window> first_window(const InstanceEntry& instance, const Roster& roster,
                                   const std::vector<DeviceIx>& removed);

/// How many slices of an instance are due from `from` on and over by `to`, without those of the devices
/// `removed`. Takes the time of one window's devices for each listed window, not of all slices.
std::uint64_t count_due(const InstanceEntry& instance, const Roster& roster, Instant from, Instant to,
                        const std::vector<DeviceIx>& removed);

}  // namespace camfleet
