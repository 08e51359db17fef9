#include <array>

#include "simulator/scene/arrangements.hpp"
#include "simulator/scene/portraits.hpp"

namespace camfleet::scene {
namespace {

/// Someone of the lobby: height of the face and of its middle above the floor of the picture, in pixels of
/// the canvas.
struct Place {
  int face;
  int y;
};

constexpr std::array<Place, 6> places{{{52, 250}, {70, 262}, {92, 280}, {138, 300}, {162, 330}, {190, 350}}};

}  // namespace

Layout arrange_lobby(std::uint32_t variant) {
  const auto drawn = [&](std::uint64_t purpose, std::size_t i, int least, int most) {
    return between(least, most, draw(Scene::lobby, variant, purpose, i));
  };
  Layout layout;
  layout.light = {252, 8, 0, 0, 256};
  for (std::size_t i = 0; i < places.size(); ++i) {
    const int face = places[i].face + drawn(1, i, -3, 3);
    const auto number = static_cast<std::uint32_t>(drawn(2, 0, 0, 5)) + static_cast<std::uint32_t>(i);
    const int speed = 60 + face / 2 + drawn(3, i, -10, 20);
    const int y = places[i].y + drawn(4, i, -10, 10);
    const Path path =
        stroll({y * unit, speed * unit, drawn(5, i, 1, 2), draw(Scene::lobby, variant, 6, i), 260 * unit});
    layout.items.push_back(
        {0, ObjectClass::person, bust_look(number, face * unit, canvas_height - y * unit), path, -1});
    const int carrier = static_cast<int>(layout.items.size()) - 1;
    add_object(layout, ObjectClass::face, portrait_look(number, face * unit), path).carrier = carrier;
  }
  return layout;
}

}  // namespace camfleet::scene
