#include <array>

#include "simulator/scene/arrangements.hpp"
#include "simulator/scene/figures.hpp"
#include "simulator/scene/props.hpp"

namespace camfleet::scene {

namespace {

/// Found by trying: people cross, but few are half hidden for long.
constexpr std::array<std::uint64_t, variant_count> yard_salts{95, 248, 128, 35};

}  // namespace

Layout arrange_yard(std::uint32_t variant) {
  return arrange_yard(variant, yard_salts[variant]);
}

Layout arrange_yard(std::uint32_t variant, std::uint64_t salt) {
  constexpr int people = 5;
  const auto drawn = [&](std::uint64_t purpose, int i, int least, int most) {
    return between(least, most,
                   draw(Scene::yard, variant, purpose, static_cast<std::uint64_t>(i) + salt * 64));
  };
  Layout layout;
  layout.light = {250, 14, 0, 0};
  const int post = drawn(5, 0, 300, 980);
  for (int i = 0; i < people; ++i) {
    const int ground = 462 + 52 * i + drawn(1, i, -8, 8);
    const int height = 184 + (ground - 462) * 60 / 100 + drawn(2, i, -8, 8);
    const int speed = height * drawn(3, i, 52, 70) / 100;
    const auto number = variant * 16 + static_cast<std::uint32_t>(drawn(4, 0, 0, 7) + i);
    if (i == 2)
      add_thing(layout, hedge_look(150 * unit, 46 * unit), {drawn(5, 1, 200, 1080) * unit, 508 * unit});
    if (i == 3) add_thing(layout, lamp_look(430 * unit), {post * unit, 612 * unit});
    add_object(layout, ObjectClass::person, figure_look(number, height * unit),
               stroll({ground * unit, speed * unit, drawn(6, i, 0, 1),
                       draw(Scene::yard, variant, 7, static_cast<std::uint64_t>(i) + salt * 64)}));
  }
  return layout;
}

}  // namespace camfleet::scene
