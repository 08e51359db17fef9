#pragma once

#include <cstdint>
#include <vector>

#include "actors/base/error.hpp"
#include "runtime/vision/engine.hpp"

namespace camfleet::vision {

/// A copy of the picture with each box, its label and its score in percent, as a JPEG of `quality` 1–100.
/// Labels are drawn in ASCII; other characters show as "?". Errors: invalid_field, too_large (the picture),
/// io (encoding).
result<std::vector<std::uint8_t>> draw_findings(const ImageView& image, const std::vector<Box>& boxes,
                                                int quality);

}  // namespace camfleet::vision
