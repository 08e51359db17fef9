#pragma once

#include <cstdint>

#include "simulator/scene/ink.hpp"
#include "simulator/scene/layout.hpp"

namespace camfleet::scene {

/// A person who walks to the right, drawn from limbs; the anchor is the ground below the hips. `number` draws
/// the clothes; `height` in units.
Look figure_look(std::uint32_t number, int height);

/// Draws one pose so that it fills `ink`.
void draw_figure(const Look& look, std::size_t pose, Ink& ink);

/// Draws shapes of the canvas into `ink` so that `extent` fills it.
class Fitted {
 public:
  Fitted(Ink& ink, const Extent& extent) : ink_(ink), extent_(extent) {}
  [[nodiscard]] Point at(Point units) const;
  /// A length, by the scale of heights.
  [[nodiscard]] int length(int units) const;
  void limb(Point from, int from_radius, Point to, int to_radius, Paint paint);
  void box(const Extent& extent, Paint paint);
  void convex(std::span<const Point> points, Paint paint);
  void ellipse(Point centre, int across, int down, Paint paint);

 private:
  Ink& ink_;
  Extent extent_;
};

}  // namespace camfleet::scene
