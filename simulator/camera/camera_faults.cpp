#include "simulator/camera/camera_faults.hpp"

#include <algorithm>

namespace camfleet::camera {
namespace {

using sim::Fault;
using sim::FaultKind;

/// The first frame of a group at `at` or later.
Instant next_group(const CameraClock& clock, Instant at) {
  const std::int64_t next = clock.next_frame(at);
  const std::int64_t frame = clock.group_begin(next) == next ? next : clock.group_end(next);
  return clock.begin_of(frame);
}

void align(Fault& fault, const CameraClock& clock) {
  switch (fault.kind) {
    case FaultKind::black:
    case FaultKind::corrupt:
    case FaultKind::resize:
      fault.from = next_group(clock, fault.from);
      fault.to = next_group(clock, fault.to);
      return;
    case FaultKind::freeze:
      // What it films meanwhile is not sent, and what follows cannot be decoded without it.
      fault.to = next_group(clock, fault.to);
      return;
    default:
      return;
  }
}

}  // namespace

const Fault* CameraFaults::at(FaultKind kind, Instant at) const {
  const auto found = std::ranges::find_if(
      faults_, [&](const Fault& fault) { return fault.kind == kind && fault.from <= at && at < fault.to; });
  return found == faults_.end() ? nullptr : &*found;
}

const Fault* CameraFaults::begins(FaultKind kind, Instant after, Instant until) const {
  const auto found = std::ranges::find_if(faults_, [&](const Fault& fault) {
    return fault.kind == kind && after < fault.from && fault.from <= until;
  });
  return found == faults_.end() ? nullptr : &*found;
}

bool CameraFaults::any(FaultKind kind) const {
  return std::ranges::any_of(faults_, [kind](const Fault& fault) { return fault.kind == kind; });
}

void align_faults(std::vector<Fault>& faults, const std::vector<std::optional<CameraSpec>>& cameras) {
  for (Fault& fault : faults) {
    if (sim::victim_of(fault.kind) != sim::Victim::camera) continue;
    const auto& camera = cameras.at(fault.device.value);
    if (camera) align(fault, CameraClock(*camera));
  }
  std::erase_if(faults, [](const Fault& fault) { return fault.from >= fault.to; });
  sim::sort_faults(faults);
}

}  // namespace camfleet::camera
