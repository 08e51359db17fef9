#pragma once

#include "simulator/scene/clock.hpp"
#include "simulator/scene/geometry.hpp"
#include "simulator/scene/renderer.hpp"

namespace camfleet::scene {

/// What moves on the test card: a bar that crosses it in 4 s, and the number of the twenty-fifth of a second.
class MovingCard {
 public:
  explicit MovingCard(FrameSize size);
  void draw(Duration at, const View& view, const Planes& into) const;

 private:
  Caption caption_;
};

}  // namespace camfleet::scene
