#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "simulator/scene/scene.hpp"

namespace camfleet::score {

/// A box that was found, of a class that scenes have; in pixels of the camera's frame and clipped to it, so
/// that one beside the frame has no area.
struct FoundBox {
  std::int16_t x = 0;
  std::int16_t y = 0;
  std::int16_t w = 0;
  std::int16_t h = 0;
  std::uint16_t score = 0;  ///< in thousandths, at most 1000
  scene::ObjectClass kind = scene::ObjectClass::person;
};

enum class Fate : std::uint8_t {
  right,    ///< it has an object
  wrong,    ///< it has none
  ignored,  ///< its object is less than half in view
};

/// What became of the boxes and of the objects of one sample.
struct Matches {
  struct OfBox {
    Fate fate = Fate::wrong;
    std::uint32_t object = 0;  ///< its position in the truth, where the fate is right
  };
  std::vector<OfBox> boxes;
  std::vector<bool> found;  ///< by position in the truth
};

/// Intersection over union of at least a half.
bool overlap_enough(const FoundBox& box, const scene::Rect& object);

/// Gives each box, in their order (by falling score), the free object of its class in which it lies best, at
/// an intersection over union of at least a half; of equals the first. Objects less than half in view are
/// nobody's: a box that has no other and lies in one of them is ignored, however many do.
void match(std::span<const scene::Seen> truth, std::span<const FoundBox> boxes, Matches& into);

}  // namespace camfleet::score
