#pragma once

#include "actors/plan/roster.hpp"
#include "runtime/media/registry.hpp"

namespace camfleet::plant {

DeviceKind kind_of(const media::SourceTraits& traits);

/// What a device is by its URL, also where nothing here reads it: what is not known to be recorded films now.
DeviceKind kind_of(const media::SourceUrl& url, const media::SourceRegistry& sources);

/// Fills in how long the device's footage on this machine is, whether it begins again, or how many pictures
/// it has. Footage elsewhere stays without, and so does what cannot be opened: its slices will say what is
/// wrong. Errors: those of opening it.
result<void> measure(DeviceEntry& device, const media::SourceRegistry& sources);

}  // namespace camfleet::plant
