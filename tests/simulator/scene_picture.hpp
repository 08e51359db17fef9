#pragma once

#include <cstdlib>
#include <vector>

#include <gtest/gtest.h>

#include "simulator/scene/stage.hpp"

namespace camfleet::scene {

/// The planes of one picture, rows packed.
struct Picture {
  FrameSize size;
  std::vector<std::uint8_t> bytes;

  explicit Picture(FrameSize of)
      : size(of), bytes(static_cast<std::size_t>(of.width) * static_cast<std::size_t>(of.height) * 3 / 2) {}
  Planes planes() {
    std::uint8_t* y = bytes.data();
    const std::ptrdiff_t count = std::ptrdiff_t{size.width} * size.height;
    return {y, y + count, y + count + count / 4, size.width, size.width / 2};
  }
  [[nodiscard]] int luma(int x, int y) const {
    return bytes[static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) +
                 static_cast<std::size_t>(x)];
  }
};

inline Picture render(Renderer& renderer, Duration at, FrameSize size) {
  Picture picture(size);
  renderer.render(at, picture.planes());
  return picture;
}

inline std::unique_ptr<Renderer> make_stage(Scene scene, std::uint32_t variant, FrameSize size,
                                            const Stage::Filter& shown) {
  auto made = Stage::make(scene, variant, size, shown);
  EXPECT_TRUE(made.has_value()) << made.error().line();
  return std::move(made).value();
}

/// Where the luma of two pictures differs by `least` or more: how often, and the box around it.
struct Difference {
  std::int64_t pixels = 0;
  Rect box;
};

inline Difference difference(const Picture& a, const Picture& b, int least = 1) {
  Difference found;
  int right = 0;
  int bottom = 0;
  found.box = {a.size.width, a.size.height, 0, 0};
  for (int y = 0; y < a.size.height; ++y) {
    for (int x = 0; x < a.size.width; ++x) {
      if (std::abs(a.luma(x, y) - b.luma(x, y)) < least) continue;
      ++found.pixels;
      found.box.x = std::min(found.box.x, x);
      found.box.y = std::min(found.box.y, y);
      right = std::max(right, x + 1);
      bottom = std::max(bottom, y + 1);
    }
  }
  found.box.w = std::max(right - found.box.x, 0);
  found.box.h = std::max(bottom - found.box.y, 0);
  return found;
}

/// The mean difference of luma, in thousandths of a step.
inline std::int64_t unlikeness(const Picture& a, const Picture& b) {
  std::int64_t sum = 0;
  const std::int64_t count = std::int64_t{a.size.width} * a.size.height;
  for (std::int64_t i = 0; i < count; ++i)
    sum += std::abs(a.bytes[static_cast<std::size_t>(i)] - b.bytes[static_cast<std::size_t>(i)]);
  return sum * 1000 / count;
}

}  // namespace camfleet::scene
