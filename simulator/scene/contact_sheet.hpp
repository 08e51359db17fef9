#pragma once

#include <filesystem>

#include "simulator/scene/scene.hpp"

namespace camfleet::scene {

/// Writes a JPEG of 4 by 3 pictures of `size`, five seconds apart, with the truth's boxes drawn: bright where
/// half of the object or more is in view, dark otherwise, each with its id.
/// Errors: as of Renderer::make; io (the file cannot be written).
result<void> write_contact_sheet(Scene scene, std::uint32_t variant, FrameSize size,
                                 const std::filesystem::path& path);

}  // namespace camfleet::scene
