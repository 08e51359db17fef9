#pragma once

#include <cstdint>
#include <vector>

#include "simulator/scene/ink.hpp"
#include "simulator/scene/renderer.hpp"

namespace camfleet::scene {

/// A drawing in planes, ready to be laid over a picture.
class Sprite {
 public:
  explicit Sprite(const Ink& ink);
  /// Lays it over `into`, a picture of `size`, with its upper left corner at (x, y); cuts off what is
  /// outside.
  void lay(int x, int y, FrameSize size, const Planes& into) const;

 private:
  struct Plane {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> value;
    std::vector<std::uint8_t> alpha;
  };
  static void lay(const Plane& plane, const std::vector<std::uint8_t>& value, int x, int y, FrameSize size,
                  std::uint8_t* into, int stride);
  Plane luma_;
  Plane chroma_;  // `value` is U
  std::vector<std::uint8_t> v_;
};

/// An opaque picture in planes of its own.
class Backdrop {
 public:
  explicit Backdrop(const Ink& ink);
  void copy(const Planes& into) const;

 private:
  int width_;
  int height_;
  std::vector<std::uint8_t> y_;
  std::vector<std::uint8_t> u_;
  std::vector<std::uint8_t> v_;
};

}  // namespace camfleet::scene
