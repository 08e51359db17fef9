#include <array>

#include "simulator/scene/backgrounds.hpp"

namespace camfleet::scene {

void draw_empty_background(Scenery& on, std::uint32_t variant) {
  static const std::array<Colour, variant_count> shutters{rgb(84, 104, 128), rgb(128, 96, 76),
                                                          rgb(110, 116, 110), rgb(92, 110, 92)};
  on.box(-8, -8, 1288, 400, {rgb(172, 170, 164), 0, 16});
  on.grain(-8, -8, 1288, 400, 4, 3, variant);
  on.box(-8, -8, 1288, 40, {rgb(92, 92, 92)});
  for (int i = 0; i < 3; ++i) {
    const int x = 90 + i * 400;
    on.box(x - 12, 118, x + 312, 400, {rgb(120, 118, 114)});
    on.box(x, 130, x + 300, 400, {shutters[variant], 8, -8});
    for (int y = 144; y < 400; y += 16) on.box(x, y, x + 300, y + 3, {rgb(70, 78, 84)});
    const std::array<std::string_view, 3> names{"A", "B", "C"};
    on.text(x + 138, 66, 5, names[static_cast<std::size_t>(i)], {rgb(60, 60, 60)});
  }
  on.box(-8, 400, 1288, 728, {rgb(116, 114, 110), 0, 18});
  on.grain(-8, 400, 1288, 728, 5, 2, variant + 5);
  on.box(-8, 400, 1288, 410, {rgb(84, 82, 80)});
  for (int i = 0; i < 4; ++i)
    on.convex({{44 + i * 400, 410}, {56 + i * 400, 410}, {-150 + i * 540, 728}, {-176 + i * 540, 728}},
              {rgb(214, 184, 70)});
}

}  // namespace camfleet::scene
