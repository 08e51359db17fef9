#pragma once

namespace camfleet::cli {

/// What a device shows that nobody knows: people with faces, from a place in the scene that is the device's
/// own, whatever an instance asks.
inline constexpr const char* demo_camera =
    "synthetic://lobby?size=1280x720&fps=25&codec=h264&gop=50&bitrate=2Mbps";

}  // namespace camfleet::cli
