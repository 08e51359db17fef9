#include <array>

#include "simulator/scene/backgrounds.hpp"

namespace camfleet::scene {
namespace {

/// One house front from `left` to `right`, with a shop below.
void draw_house(Scenery& on, int left, int right, Colour wall, Colour shop, std::uint64_t seed) {
  on.box(left, -8, right, 312, {wall, 0, -8});
  on.grain(left, -8, right, 312, 5, 3, seed);
  const int windows = (right - left) / 110;
  const int gap = (right - left - windows * 78) / (windows + 1);
  for (int row = 0; row < 2; ++row) {
    for (int i = 0; i < windows; ++i) {
      const int x = left + gap + i * (78 + gap);
      const int y = 8 + row * 84;
      on.box(x - 4, y - 4, x + 82, y + 60, {rgb(206, 200, 190)});
      on.box(x, y, x + 78, y + 56, {rgb(66, 78, 90), 12, -16});
      on.box(x + 38, y, x + 41, y + 56, {rgb(196, 192, 184)});
      on.box(x - 7, y + 60, x + 85, y + 65, {rgb(120, 112, 104)});
    }
  }
  on.box(left + 10, 176, right - 10, 200, {shop, 0, -6});
  on.box(left + 16, 204, right - 16, 296, {rgb(52, 58, 62), 20, -10});
  for (int x = left + 16; x < right - 60; x += 96) on.box(x, 204, x + 5, 296, {rgb(140, 134, 124)});
  on.box(left, 296, right, 312, {rgb(98, 92, 86)});
}

void draw_road(Scenery& on, std::uint64_t seed) {
  on.box(-8, 312, 1288, 362, {rgb(150, 148, 144), 0, 8});
  for (int x = -60; x < 1340; x += 58)
    on.line(640 + (x - 640) * 9 / 10, 312, x, 362, 1, {rgb(126, 124, 120)});
  on.box(-8, 362, 1288, 372, {rgb(178, 176, 170)});
  on.box(-8, 372, 1288, 540, {rgb(82, 82, 84), 0, 8});
  on.grain(-8, 372, 1288, 540, 6, 2, seed);
  for (int x = 20; x < 1280; x += 170) on.box(x, 444, x + 90, 450, {rgb(206, 204, 196)});
  on.box(-8, 540, 1288, 554, {rgb(182, 180, 174)});
  on.box(-8, 554, 1288, 728, {rgb(156, 152, 146), 0, 12});
  on.grain(-8, 554, 1288, 728, 5, 2, seed + 1);
  for (int i = -12; i <= 12; ++i) on.line(640 + i * 92, 554, 640 + i * 150, 728, 2, {rgb(130, 127, 122)});
  for (const int y : {590, 638, 698}) on.line(-8, y, 1288, y, 2, {rgb(130, 127, 122)});
}

}  // namespace

void draw_street_background(Scenery& on, std::uint32_t variant) {
  static const std::array<Colour, 5> walls{rgb(170, 120, 96), rgb(190, 178, 150), rgb(150, 156, 160),
                                           rgb(186, 150, 120), rgb(160, 164, 140)};
  static const std::array<Colour, 5> shops{rgb(36, 84, 70), rgb(120, 34, 40), rgb(40, 56, 96),
                                           rgb(180, 150, 60), rgb(70, 52, 80)};
  const std::array<int, 5> edges{-8, 330, 620, 980, 1288};
  for (std::size_t i = 0; i + 1 < edges.size(); ++i)
    draw_house(on, edges[i], edges[i + 1], walls[(i + variant) % walls.size()],
               shops[(i * 2 + variant) % shops.size()], i + variant * 8ULL);
  draw_road(on, variant);
}

void draw_street_lights(Scenery& on) {
  for (const int x : {190, 560, 900}) {
    on.box(x, 212, x + 120, 288, {rgb(214, 178, 110), 0, 20});
    on.box(x + 58, 212, x + 61, 288, {rgb(120, 96, 60)});
  }
  for (const int x : {74, 470, 836, 1180}) on.box(x, 14, x + 40, 66, {rgb(206, 176, 120), 0, 12});
  for (const int x : lamp_places) {
    for (int i = 0; i < 14; ++i) {
      const auto luma = static_cast<std::uint8_t>(56 + i * 5 / 2);
      on.ellipse(x, 640, 300 - i * 20, 78 - i * 5, {{luma, 120, 135}});
    }
  }
}

}  // namespace camfleet::scene
