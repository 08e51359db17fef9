#include <array>

#include "simulator/scene/backgrounds.hpp"

namespace camfleet::scene {

void draw_card_background(Scenery& on, std::uint32_t variant) {
  // 75 % colour bars; the variants begin with another one.
  static const std::array<Colour, 7> bars{rgb(191, 191, 191), rgb(191, 191, 0), rgb(0, 191, 191),
                                          rgb(0, 191, 0),     rgb(191, 0, 191), rgb(191, 0, 0),
                                          rgb(0, 0, 191)};
  on.box(-8, -8, 1288, 728, {rgb(0, 0, 0)});
  for (int i = 0; i < 7; ++i) {
    const auto which = (static_cast<std::size_t>(i) + variant) % bars.size();
    on.box(i == 0 ? -8 : i * 1280 / 7, -8, i == 6 ? 1288 : (i + 1) * 1280 / 7, 480, {bars[which]});
  }
  // Steps of grey, for the range.
  for (int i = 0; i < 16; ++i) {
    const int grey = i * 17;
    on.box(i * 80, 480, i * 80 + 80, 560, {rgb(grey, grey, grey)});
  }
  // Lines ever closer together, for the sharpness.
  for (int group = 0; group < 5; ++group)
    for (int i = 0; i < 64 / (8 >> group > 0 ? 8 >> group : 1); i += 2)
      on.box(60 + group * 100 + i * (8 >> group), 580, 60 + group * 100 + (i + 1) * (8 >> group), 640,
             {rgb(235, 235, 235)});
}

}  // namespace camfleet::scene
