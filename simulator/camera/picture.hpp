#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "actors/spec/spec.hpp"
#include "simulator/scene/renderer.hpp"

namespace camfleet::camera {

/// A picture that a renderer draws into and an encoder reads. `size` is even both ways.
class Picture {
 public:
  explicit Picture(FrameSize size)
      : size_(size),
        bytes_(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 3 / 2) {}

  [[nodiscard]] scene::Planes planes() {
    const std::size_t luma = bytes_.size() * 2 / 3;
    return {bytes_.data(), bytes_.data() + luma, bytes_.data() + luma + luma / 4, size_.width,
            size_.width / 2};
  }
  void blacken() {
    // BT.601 in limited range.
    const auto luma = static_cast<std::ptrdiff_t>(bytes_.size() * 2 / 3);
    std::fill(bytes_.begin(), bytes_.begin() + luma, std::uint8_t{16});
    std::fill(bytes_.begin() + luma, bytes_.end(), std::uint8_t{128});
  }

 private:
  FrameSize size_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace camfleet::camera
