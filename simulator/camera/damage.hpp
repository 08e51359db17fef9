#pragma once

#include <cstdint>
#include <span>

#include "actors/spec/spec.hpp"

namespace camfleet::camera {

/// Breaks the headers of a picture's slices, so that no decoder makes a picture of it: of damage elsewhere
/// decoders show what they can.
void break_headers(std::span<std::uint8_t> picture, Coding codec);

}  // namespace camfleet::camera
