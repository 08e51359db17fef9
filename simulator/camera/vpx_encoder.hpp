#pragma once

#include "simulator/camera/encoder.hpp"

namespace camfleet::camera {

/// VP8 and VP9 by libvpx. Errors as Encoder::make.
result<std::unique_ptr<Encoder>> make_vpx_encoder(const Encoder::Settings& settings);

}  // namespace camfleet::camera
