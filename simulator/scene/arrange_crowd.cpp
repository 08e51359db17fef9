#include "simulator/scene/arrangements.hpp"
#include "simulator/scene/walkers.hpp"

namespace camfleet::scene {

Layout arrange_crowd(std::uint32_t variant) {
  constexpr int people = 17;
  const auto drawn = [&](std::uint64_t purpose, int i, int least, int most) {
    return between(least, most, draw(Scene::crowd, variant, purpose, static_cast<std::uint64_t>(i)));
  };
  Layout layout;
  layout.light = {244, 10, 0, 2, 256};
  for (int i = 0; i < people; ++i) {
    const int ground = 300 + i * 22 + drawn(1, i, -8, 8);
    const int height = 52 + i * 40 / people + drawn(2, i, -3, 3);
    const int speed = height * drawn(3, i, 60, 90) / 100;
    const auto number = static_cast<std::uint32_t>(drawn(4, i, 0, 99));
    add_object(layout, ObjectClass::person, walker_look(number, height * unit),
               stroll({ground * unit, speed * unit, drawn(5, i, 0, 2),
                       draw(Scene::crowd, variant, 6, static_cast<std::uint64_t>(i)), 60 * unit}));
  }
  return layout;
}

}  // namespace camfleet::scene
