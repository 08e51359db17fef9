#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runtime/vision/engine.hpp"

namespace camfleet::vision {

constexpr std::size_t max_boxes = 300;         ///< boxes that one picture may give
constexpr std::size_t max_candidates = 4'000;  ///< best candidates that enter the suppression of overlaps

/// A candidate before overlaps are removed: corners in the pixels of whatever was searched.
struct Detection {
  int label = 0;  ///< index into the labels
  float score = 0;
  float left = 0;
  float top = 0;
  float right = 0;
  float bottom = 0;
};

/// Share of the union of two boxes that both cover, 0 to 1.
float overlap(const Detection& a, const Detection& b);

/// Best first (ties: in the order given), without those that overlap a better one of the same label by more
/// than `threshold`; at most max_boxes of the best max_candidates.
std::vector<Detection> suppress(std::vector<Detection> found, float threshold);

/// From the coordinates of the search to those of the picture: picture = (search − offset) × factor.
struct Mapping {
  float offset_x = 0;
  float offset_y = 0;
  float factor_x = 1;
  float factor_y = 1;
};

/// Boxes of the picture, clipped to it, in the order given. Those outside, and those whose label is empty (a
/// network's "background"), are left out.
void to_boxes(const std::vector<Detection>& found, const Mapping& mapping, const ImageView& image,
              const std::vector<std::string>& labels, std::vector<Box>& out);

}  // namespace camfleet::vision
