#pragma once

#include <cstdint>
#include <memory>

#include "simulator/scene/scene.hpp"

namespace camfleet::scene {

/// A picture in planes of a byte a pixel, BT.601 in limited range; the chroma planes have half its width and
/// height.
struct Planes {
  std::uint8_t* y = nullptr;
  std::uint8_t* u = nullptr;
  std::uint8_t* v = nullptr;
  int y_stride = 0;
  int chroma_stride = 0;
};

/// Draws the pictures of one scene. Not thread-safe; any instant in any order, and each instant always alike.
class Renderer {
 public:
  /// `size` is even both ways, 160x90 to 3840x2160; another shape than 16:9 shows the largest middle part of
  /// the scene that has its shape. Errors: invalid_field (size); not_found: photographs that the scene needs
  /// are not there, with the package that has them.
  static result<std::unique_ptr<Renderer>> make(Scene scene, std::uint32_t variant, FrameSize size);

  virtual ~Renderer() = default;
  /// The picture at `at` of the loop, in [0, loop_length).
  virtual void render(Duration at, const Planes& into) = 0;
};

/// Changes whenever a picture of a scene does: by the drawing, or by the list of photographs.
std::uint64_t render_version();

}  // namespace camfleet::scene
