#include "simulator/camera/reel.hpp"

#include <algorithm>

#include "simulator/camera/library.hpp"

namespace camfleet::camera {

using sim::FaultKind;

CameraSpec half_size(CameraSpec camera) {
  camera.size = {std::max(camera.size.width / 4 * 2, 160), std::max(camera.size.height / 4 * 2, 90)};
  return camera;
}

result<Reel> Reel::open(Library& library, const CameraSpec& camera, const CameraFaults& faults) {
  Reel reel;
  reel.loop = library.open(LoopKey::of(camera));
  if (faults.any(FaultKind::resize)) reel.small = library.open(LoopKey::of(half_size(camera)));
  if (faults.any(FaultKind::black)) {
    CAMFLEET_TRY(reel.black, black_group(LoopKey::of(camera)));
  }
  return reel;
}

std::shared_ptr<const Group> Reel::find(std::uint32_t group, Instant filmed,
                                        const CameraFaults& faults) const {
  if (black != nullptr && faults.at(FaultKind::black, filmed) != nullptr) return black;
  if (small != nullptr && faults.at(FaultKind::resize, filmed) != nullptr) return small->wait_for(group);
  return loop->wait_for(group);
}

result<std::shared_ptr<const Group>> Reel::wait_for(std::uint32_t group, Instant filmed,
                                                    const CameraFaults& faults) const {
  while (true) {
    if (auto found = find(group, filmed, faults)) return found;
    if (const auto failed = failure()) return pass(*failed);
  }
}

std::optional<Error> Reel::failure() const {
  if (auto failed = loop->failure()) return failed;
  return small == nullptr ? std::nullopt : small->failure();
}

}  // namespace camfleet::camera
