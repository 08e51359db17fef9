#pragma once

#include <optional>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/plant/problem_log.hpp"
#include "simulator/camera/camera_spec.hpp"

namespace camfleet::cli {

/// By DeviceIx; nothing for a device that is no synthetic camera.
using Cameras = std::vector<std::optional<camera::CameraSpec>>;

/// The synthetic cameras of a roster. What a camera's URL leaves out is as the first instance says that names
/// the device; of every other instance that says otherwise a line goes to `problems`, once for each device.
/// Errors: those of camera::resolve, with the device before them.
result<Cameras> cameras_of(const Roster& roster, plant::ProblemLog& problems);

}  // namespace camfleet::cli
