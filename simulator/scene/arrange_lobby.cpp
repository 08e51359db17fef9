#include <array>

#include "simulator/scene/arrangements.hpp"
#include "simulator/scene/cut_list.hpp"
#include "simulator/scene/portraits.hpp"

namespace camfleet::scene {
namespace {

/// Found by trying: people cross, but few faces are half hidden for long.
constexpr std::array<std::uint64_t, variant_count> lobby_salts{74, 176, 169, 257};

/// Someone of the lobby: height of the face and of its middle above the floor of the picture, in pixels of
/// the canvas.
struct Place {
  int face;
  int y;
};

constexpr std::array<Place, 6> places{{{52, 250}, {70, 262}, {92, 280}, {138, 300}, {162, 330}, {190, 350}}};

/// Large faces show what a small photograph has not.
std::uint32_t face_number(int face, std::size_t i, std::uint32_t variant, int first) {
  const auto which = static_cast<std::uint32_t>(first) + static_cast<std::uint32_t>(i);
  const std::uint32_t tone = (which / 2 + variant) * portrait_count();
  const std::uint32_t small = portrait_count() - large_portraits;
  return tone + (face >= 110 ? which % large_portraits : large_portraits + which % small);
}

}  // namespace

Layout arrange_lobby(std::uint32_t variant) {
  return arrange_lobby(variant, lobby_salts[variant]);
}

Layout arrange_lobby(std::uint32_t variant, std::uint64_t salt) {
  const auto drawn = [&](std::uint64_t purpose, std::size_t i, int least, int most) {
    return between(least, most, draw(Scene::lobby, variant, purpose, i + salt * 64));
  };
  Layout layout;
  layout.light = {252, 8, 0, 0, 256};
  for (std::size_t i = 0; i < places.size(); ++i) {
    const int face = places[i].face + drawn(1, i, -3, 3);
    const std::uint32_t number = face_number(face, i, variant, drawn(2, 0, 0, 5));
    const int speed = 60 + face / 2 + drawn(3, i, -10, 20);
    const int y = places[i].y + drawn(4, i, -10, 10);
    const Path path = stroll({y * unit, speed * unit, drawn(5, i, 1, 2),
                              draw(Scene::lobby, variant, 6, i + salt * 64), 260 * unit});
    layout.items.push_back(
        {0, ObjectClass::person, bust_look(number, face * unit, canvas_height - y * unit), path, -1});
    const int carrier = static_cast<int>(layout.items.size()) - 1;
    add_object(layout, ObjectClass::face, portrait_look(number, face * unit), path).carrier = carrier;
  }
  return layout;
}

}  // namespace camfleet::scene
