#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "simulator/scene/geometry.hpp"

namespace camfleet::scene {

/// BT.601 in limited range.
struct Colour {
  std::uint8_t y = 16;
  std::uint8_t u = 128;
  std::uint8_t v = 128;
};

constexpr std::uint8_t clamped_byte(int value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0, 255));
}

/// Of red, green and blue from 0 to 255.
Colour rgb(int r, int g, int b);

/// A colour that changes over what it fills.
struct Paint {
  Colour colour;
  int across = 0;  ///< luma added at the right edge and taken at the left
  int down = 0;    ///< luma added at the lower edge and taken at the upper
};

/// A picture with transparency, drawn with smooth edges. Lengths are sixteenths of its pixels; what lies
/// outside is cut off. The same pixels on every machine.
class Ink {
 public:
  /// Wholly transparent.
  Ink(int width, int height);

  /// `points` are the corners of a convex shape, either way around.
  void convex(std::span<const Point> points, Paint paint);
  void box(const Extent& extent, Paint paint);
  void ellipse(Point centre, int across, int down, Paint paint);  ///< of these radii
  /// A limb from one joint to another, round at both ends.
  void limb(Point from, int from_radius, Point to, int to_radius, Paint paint);
  /// Letters A to Z, digits, ":", ".", "-"; each is 5 by 7 cells of `cell`, with one cell between.
  void text(Point upper_left, int cell, std::string_view text, Paint paint);
  /// Makes the luma of the pixels in `where` uneven by up to `most`, in patches of `patch` pixels.
  void grain(const Rect& where, int most, int patch, std::uint64_t seed);
  /// One pixel, over what was there.
  void put(int x, int y, Colour colour, int alpha);
  /// Darker and greyer: `of` 256 for what it is, 0 for black.
  void dim(int of);
  /// Left becomes right.
  void mirror();

  [[nodiscard]] int width() const { return width_; }
  [[nodiscard]] int height() const { return height_; }
  [[nodiscard]] Colour colour(int x, int y) const { return pixels_[index(x, y)]; }
  [[nodiscard]] int alpha(int x, int y) const { return alpha_[index(x, y)]; }

 private:
  [[nodiscard]] std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x);
  }
  int width_;
  int height_;
  std::vector<Colour> pixels_;
  std::vector<std::uint8_t> alpha_;
};

/// The width of a text in cells.
constexpr int text_cells(std::string_view text) {
  return static_cast<int>(text.size()) * 6 - 1;
}

}  // namespace camfleet::scene
