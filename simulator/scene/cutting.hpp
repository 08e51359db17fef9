#pragma once

#include "simulator/scene/photographs.hpp"

namespace camfleet::scene {

/// A box with as much around it as cutting looks at.
Rect with_margin(const Rect& box);

/// That part of a frame; black where it is beyond it.
media::Frame cropped(const media::Frame& frame, const Rect& part);

/// The frame of medians over packed BGR frames, each for itself by byte.
media::Frame median(const std::vector<std::vector<std::uint8_t>>& frames, int width, int height);

/// Cuts out of `piece` the largest thing that differs from `empty`, the same place without it. Both show
/// `box` with its margin; what is cut is as large as `box`.
Cutout cut_difference(const media::Frame& piece, const media::Frame& empty, const Rect& box);

/// Cuts out an ellipse with a soft edge.
Cutout cut_ellipse(const media::Frame& frame, const PortraitCut& cut);

}  // namespace camfleet::scene
