#pragma once

#include <memory>

#include "actors/base/error.hpp"
#include "simulator/camera/camera_faults.hpp"
#include "simulator/camera/loop.hpp"

namespace camfleet::camera {

class Library;

/// What a synthetic camera plays.
struct Reel {
  std::shared_ptr<Loop> loop;
  std::shared_ptr<Loop> small;         ///< while its pictures have another size; null: never
  std::shared_ptr<const Group> black;  ///< while its pictures are black; null: never

  /// Errors: those of the encoder.
  static result<Reel> open(Library& library, const CameraSpec& camera, const CameraFaults& faults);

  /// The group that is sent at `filmed`; null where it is not made within 50 ms.
  [[nodiscard]] std::shared_ptr<const Group> find(std::uint32_t group, Instant filmed,
                                                  const CameraFaults& faults) const;
  /// The same, waited for. Errors: it cannot be made.
  [[nodiscard]] result<std::shared_ptr<const Group>> wait_for(std::uint32_t group, Instant filmed,
                                                              const CameraFaults& faults) const;
  /// Why some of it cannot be made; none: it can, as far as is known.
  [[nodiscard]] std::optional<Error> failure() const;
};

/// The camera with half the width and height, as far as a camera goes.
CameraSpec half_size(CameraSpec camera);

}  // namespace camfleet::camera
