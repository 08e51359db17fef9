#pragma once

#include <optional>
#include <span>
#include <vector>

#include "actors/base/time.hpp"
#include "simulator/camera/camera_clock.hpp"
#include "simulator/fault.hpp"

namespace camfleet::camera {

/// The faults of one camera, by their beginning.
class CameraFaults {
 public:
  CameraFaults() = default;
  explicit CameraFaults(std::span<const sim::Fault> faults) : faults_(faults.begin(), faults.end()) {}

  /// The fault of a kind that is under way at `at`; null: none.
  [[nodiscard]] const sim::Fault* at(sim::FaultKind kind, Instant at) const;
  /// The first of a kind that begins after `after` and no later than `until`; null: none.
  [[nodiscard]] const sim::Fault* begins(sim::FaultKind kind, Instant after, Instant until) const;
  /// True when there is one of a kind at any time.
  [[nodiscard]] bool any(sim::FaultKind kind) const;

 private:
  std::vector<sim::Fault> faults_;
};

/// Moves the faults of synthetic cameras to where their streams can have them: pictures change, and begin
/// again, with a group of pictures. Those of which nothing is left go. `cameras` by device; of the others
/// nothing changes. The order is kept as draw_faults has it.
void align_faults(std::vector<sim::Fault>& faults, const std::vector<std::optional<CameraSpec>>& cameras);

/// Cameras whose packets come in bursts send those of each second together when it is over.
inline constexpr Duration burst_length = seconds(1);
constexpr Instant burst_end(Instant filmed) {
  return Instant(filmed.time_since_epoch() / burst_length * burst_length + burst_length);
}

}  // namespace camfleet::camera
