#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace camfleet::score {

/// Classes of box height in pixels of the camera's frame, by their lower ends; the last one is open.
inline constexpr std::array<int, 8> least_heights{0, 20, 32, 40, 48, 64, 90, 130};
inline constexpr std::array<std::string_view, 8> height_names{"0", "20", "32", "40", "48", "64", "90", "130"};
inline constexpr std::size_t height_classes = least_heights.size();

/// The class of a height ≥ 0.
constexpr std::size_t height_class(int height) {
  std::size_t found = height_classes - 1;
  while (found > 0 && height < least_heights[found]) --found;
  return found;
}

}  // namespace camfleet::score
