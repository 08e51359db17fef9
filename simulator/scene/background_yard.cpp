#include <array>

#include "simulator/scene/backgrounds.hpp"

namespace camfleet::scene {
namespace {

void draw_building(Scenery& on, std::uint32_t variant) {
  static const std::array<Colour, variant_count> walls{rgb(168, 158, 144), rgb(150, 112, 92),
                                                       rgb(176, 176, 170), rgb(142, 150, 150)};
  on.box(-8, 40, 1288, 330, {walls[variant], 0, -6});
  on.grain(-8, 40, 1288, 330, 5, 3, variant);
  on.box(-8, 40, 1288, 54, {rgb(110, 106, 100)});
  for (int row = 0; row < 2; ++row) {
    for (int i = 0; i < 8; ++i) {
      if (row == 1 && (i == 3 || i == 4)) continue;
      const int x = 36 + i * 156;
      const int y = 76 + row * 118;
      on.box(x - 5, y - 5, x + 117, y + 77, {rgb(196, 192, 184)});
      on.box(x, y, x + 112, y + 72, {rgb(62, 76, 88), 14, -18});
      on.box(x + 54, y, x + 58, y + 72, {rgb(190, 188, 182)});
      on.box(x - 8, y + 77, x + 120, y + 83, {rgb(128, 122, 114)});
    }
  }
}

void draw_gate(Scenery& on) {
  on.box(500, 196, 780, 330, {rgb(92, 88, 84)});
  on.box(510, 204, 770, 330, {rgb(70, 86, 78), 0, -10});
  for (int y = 214; y < 330; y += 12) on.box(510, y, 770, y + 2, {rgb(56, 70, 62)});
}

void draw_paving(Scenery& on, std::uint32_t variant) {
  on.box(-8, 330, 1288, 728, {rgb(150, 146, 138), 0, 14});
  on.grain(-8, 330, 1288, 728, 4, 2, variant + 9);
  on.box(-8, 330, 1288, 344, {rgb(118, 114, 108)});
  const Paint joint{rgb(126, 122, 116)};
  for (int i = -14; i <= 14; ++i) on.line(640 + i * 70, 344, 640 + i * 190, 728, 2, joint);
  for (int y = 356, gap = 14; y < 728; y += gap, gap += 6) on.line(-8, y, 1288, y, 2, joint);
}

}  // namespace

void draw_yard_background(Scenery& on, std::uint32_t variant) {
  on.box(-8, -8, 1288, 48, {rgb(176, 196, 216), 0, 8});
  draw_building(on, variant);
  draw_gate(on);
  draw_paving(on, variant);
  if (variant % 2 == 0) {
    on.convex({{820, 470}, {1150, 470}, {1210, 512}, {800, 512}}, {rgb(86, 104, 62), 0, -10});
    on.grain(800, 470, 1210, 512, 9, 3, 4);
  } else {
    on.ellipse(330, 560, 130, 26, {rgb(120, 118, 114)});
    on.ellipse(330, 556, 118, 21, {rgb(104, 126, 140)});
  }
}

}  // namespace camfleet::scene
