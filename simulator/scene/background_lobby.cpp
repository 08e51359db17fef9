#include <array>

#include "simulator/scene/backgrounds.hpp"

namespace camfleet::scene {

void draw_lobby_background(Scenery& on, std::uint32_t variant) {
  static const std::array<Colour, variant_count> walls{rgb(196, 190, 180), rgb(176, 184, 188),
                                                       rgb(198, 184, 160), rgb(172, 178, 166)};
  on.box(-8, -8, 1288, 560, {walls[variant], 10, -8});
  on.grain(-8, -8, 1288, 560, 3, 3, variant);
  on.box(-8, -8, 1288, 60, {rgb(214, 212, 206)});
  for (int x = 100; x < 1280; x += 300) on.box(x, 20, x + 150, 34, {rgb(246, 246, 240)});
  // Glass doors onto a bright street.
  on.box(420, 120, 860, 560, {rgb(96, 98, 100)});
  for (int i = 0; i < 4; ++i) {
    on.box(430 + i * 108, 130, 530 + i * 108, 552, {rgb(176, 194, 204), 0, 14});
    on.box(430 + i * 108, 380, 530 + i * 108, 552, {rgb(142, 152, 150), 0, 10});
  }
  on.box(-8, 560, 1288, 728, {rgb(120, 112, 102), 0, 14});
  for (int i = -8; i <= 8; ++i) on.line(640 + i * 110, 560, 640 + i * 220, 728, 2, {rgb(104, 97, 88)});
  on.box(940, 420, 1288, 600, {rgb(112, 82, 58), 0, -14});
  on.box(930, 408, 1288, 424, {rgb(60, 54, 50)});
  on.box(60, 180, 250, 310, {rgb(70, 66, 62)});
  on.box(68, 188, 242, 302, {rgb(92, 126, 140), 10, 20});
  on.convex({{68, 302}, {120, 240}, {180, 270}, {242, 228}, {242, 302}}, {rgb(84, 108, 74)});
  on.box(1010, 180, 1200, 260, {rgb(52, 58, 66)});
  on.text(1030, 204, 5, "LOBBY", {rgb(226, 224, 214)});
}

}  // namespace camfleet::scene
