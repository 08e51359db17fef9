#pragma once

#include <cstdint>
#include <vector>

#include "actors/base/error.hpp"

namespace camfleet::media {

/// A picture of packed BGR, 8 bits a channel, rows of `stride` bytes, top row first, as a JPEG with whole
/// colours (4:4:4). `quality` 1 to 100. The same picture gives the same bytes.
/// Errors: invalid_field (the quality, or a picture without pixels), too_large (a side over 8192), io (FFmpeg
/// refused).
result<std::vector<std::uint8_t>> encode_jpeg(const std::uint8_t* bgr, int width, int height, int stride,
                                              int quality);

}  // namespace camfleet::media
