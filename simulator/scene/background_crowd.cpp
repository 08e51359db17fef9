#include <array>

#include "simulator/scene/backgrounds.hpp"

namespace camfleet::scene {

void draw_crowd_background(Scenery& on, std::uint32_t variant) {
  on.box(-8, -8, 1288, 230, {rgb(112, 100, 90), 0, -6});
  on.grain(-8, -8, 1288, 230, 8, 4, variant);
  for (int i = 0; i < 12; ++i) {
    on.box(24 + i * 106, 30, 104 + i * 106, 96, {rgb(50, 54, 58), 10, -10});
    on.box(24 + i * 106, 130, 104 + i * 106, 214, {rgb(58, 56, 54), 14, -10});
  }
  on.box(-8, 230, 1288, 728, {rgb(126, 124, 120), 0, 16});
  on.grain(-8, 230, 1288, 728, 5, 3, variant + 3);
  for (int i = -16; i <= 16; ++i) on.line(640 + i * 60, 230, 640 + i * 150, 728, 2, {rgb(104, 102, 98)});
  for (int y = 250, gap = 12; y < 728; y += gap, gap += 5) on.line(-8, y, 1288, y, 2, {rgb(104, 102, 98)});
  // Low clutter: benches, boxes of goods, a manhole.
  for (int i = 0; i < 7; ++i) {
    const int x = 60 + i * 180 + static_cast<int>(variant) * 23;
    const int y = 300 + i * 131 % 360;
    on.box(x, y, x + 64, y + 10, {rgb(74, 56, 42)});
    on.box(x + 4, y + 10, x + 10, y + 24, {rgb(44, 42, 40)});
    on.box(x + 54, y + 10, x + 60, y + 24, {rgb(44, 42, 40)});
  }
}

}  // namespace camfleet::scene
