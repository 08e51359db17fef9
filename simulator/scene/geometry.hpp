#pragma once

#include <cstdint>
#include <vector>

#include "simulator/scene/scene.hpp"

namespace camfleet::scene {

/// Scenes are laid out on a canvas of 1280x720, in units of a sixteenth of its pixels.
inline constexpr int unit = 16;
inline constexpr int canvas_width = 1280 * unit;
inline constexpr int canvas_height = 720 * unit;

/// In units of the canvas, or in sixteenths of a pixel of a picture.
struct Point {
  int x = 0;
  int y = 0;
};

/// In units of the canvas; right and bottom are beyond it.
struct Extent {
  int left = 0;
  int top = 0;
  int right = 0;
  int bottom = 0;
};

/// What is the same place seen in a mirror at x = 0.
Extent mirrored(const Extent& extent);

/// a / b to the nearest whole number, for b > 0.
int divide(std::int64_t a, std::int64_t b);

/// 16384 times the sine of `angle`, of which 1024 make a turn; off by less than 30.
int sine(int angle);
inline constexpr int sine_one = 16384;

/// Uniform in [least, most].
int between(int least, int most, std::uint64_t random);

/// Where the canvas lies in a picture: the largest middle part of it that has the picture's shape.
class View {
 public:
  explicit View(FrameSize size);

  [[nodiscard]] FrameSize size() const { return size_; }
  /// A place on the canvas as a whole pixel.
  [[nodiscard]] int x(int units) const { return divide(std::int64_t{units - left_} * scale_, of_); }
  [[nodiscard]] int y(int units) const { return divide(std::int64_t{units - top_} * scale_, of_); }
  /// The same in sixteenths of a pixel.
  [[nodiscard]] Point fine(Point at) const;
  /// A span of the canvas in whole pixels.
  [[nodiscard]] int pixels(int units) const { return divide(std::int64_t{units} * scale_, of_); }
  /// A span of the canvas in sixteenths of a pixel.
  [[nodiscard]] int fine(int units) const { return divide(std::int64_t{units} * scale_ * 16, of_); }
  /// The pixels of `extent` around an object's anchor; at least one each way.
  [[nodiscard]] Rect around(Point anchor, const Extent& extent) const;

 private:
  FrameSize size_;
  int scale_ = 1;  // pixels for each of_ units
  int of_ = 1;
  int left_ = 0;
  int top_ = 0;
};

/// The part of `rect` that lies in a picture of `size`; without width or height when none does.
Rect within(const Rect& rect, FrameSize size);

/// How many pixels of `rect` lie in none of `covers`.
std::int64_t area_outside(const Rect& rect, const std::vector<Rect>& covers);

}  // namespace camfleet::scene
