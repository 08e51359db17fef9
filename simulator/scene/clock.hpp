#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/scene/renderer.hpp"

namespace camfleet::scene {

/// The text of the clock, "STREET 2  00:12.480": scene, variant, time of the loop.
std::string clock_text(Scene scene, std::uint32_t variant, Duration at);

/// Where the clock lies over the picture; nothing is seen through it.
Rect clock_box(FrameSize size);

/// Sets the pixels of a plane in `where`.
void fill_plane(std::uint8_t* plane, int stride, const Rect& where, std::uint8_t value);

/// Light letters on a dark ground, made once for one height.
class Caption {
 public:
  /// `cell`: sixteenths of a pixel, of which a letter is 7 high.
  explicit Caption(int cell);
  /// Pixels of a text of so many letters of `cell`, with its rim. Even.
  static Rect box(int x, int y, std::size_t letters, int cell);
  /// Writes into the rectangle `where`, which box() gave; letters that do not fit in a picture of `size` are
  /// left out.
  void write(std::string_view text, const Rect& where, FrameSize size, const Planes& into) const;

 private:
  int cell_;
  std::array<std::vector<std::uint8_t>, 128> glyphs_;
};

/// The caption of the clock for a picture of `size`.
int clock_cell(FrameSize size);

}  // namespace camfleet::scene
