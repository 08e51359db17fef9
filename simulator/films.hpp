#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "actors/plan/roster.hpp"
#include "simulator/camera/film_model.hpp"
#include "simulator/fault.hpp"

namespace camfleet::sim {

/// By device; null for one that is no synthetic camera.
using Films = std::vector<std::unique_ptr<const camera::FilmModel>>;

/// What each synthetic camera of a roster sends when. `cameras` by device; `faults` as draw_faults gives
/// them, aligned with the cameras.
Films make_films(const Roster& roster, const std::vector<std::optional<camera::CameraSpec>>& cameras,
                 const std::vector<Fault>& faults, const camera::FilmModel::Patience& patience);

}  // namespace camfleet::sim
