#pragma once

#include <vector>

#include "simulator/scene/layout.hpp"
#include "simulator/scene/sprite.hpp"

namespace camfleet::scene {

/// All poses of a look at the size that it has in a picture, facing one way; `dim` as in Light.
/// Errors: not_found, corrupt: of the photographs.
result<std::vector<Sprite>> draw_look(const Look& look, bool left, int dim, const View& view);

}  // namespace camfleet::scene
