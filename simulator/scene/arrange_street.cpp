#include <algorithm>
#include <array>

#include "simulator/scene/arrangements.hpp"
#include "simulator/scene/backgrounds.hpp"
#include "simulator/scene/props.hpp"
#include "simulator/scene/vehicles.hpp"
#include "simulator/scene/walkers.hpp"

namespace camfleet::scene {
namespace {

/// Found by trying: people cross, but few are half hidden for long.
constexpr std::array<std::uint64_t, variant_count> street_salts{66, 134, 275, 44};
constexpr std::array<std::uint64_t, variant_count> night_salts{257, 107, 111, 200};

constexpr int vehicle_margin = 420 * unit;

/// Draws the numbers of one street.
struct Street {
  Scene scene;
  std::uint32_t variant;
  std::uint64_t salt;
  Layout layout;

  int drawn(std::uint64_t purpose, int i, int least, int most) const {
    return between(least, most, draw(scene, variant, purpose, static_cast<std::uint64_t>(i) + salt * 64));
  }

  void add_vehicle(Look look, const Path& path, std::uint32_t plate) {
    const Look on_it = plate_look(plate, look);
    add_object(layout, ObjectClass::vehicle, std::move(look), path);
    const int carrier = static_cast<int>(layout.items.size()) - 1;
    add_object(layout, ObjectClass::plate, on_it, path).carrier = carrier;
  }

  /// `ground` and `height` in pixels of the canvas.
  void add_person(int i, int ground, int height) {
    const auto number = static_cast<std::uint32_t>(drawn(1, 0, 0, 99) + i * 5);
    const int speed = height * drawn(2, i, 58, 76) / 100;
    const std::uint64_t seed = draw(scene, variant, 3, static_cast<std::uint64_t>(i) + salt * 64);
    add_object(layout, ObjectClass::person, walker_look(number, height * unit),
               stroll({ground * unit, speed * unit, drawn(4, i, 0, 1), seed}));
  }

  /// The lane's vehicles have their own tenths of the loop, so that none drives through another.
  void add_traffic(int ground, bool left, int lane) {
    const int shift = drawn(5, lane, 0, 9000);
    const auto number = static_cast<std::uint32_t>(drawn(6, lane, 0, 999));
    const int height = left ? 104 : 118;
    const auto path = [&](std::initializer_list<int> starts, int speed) {
      Path drives = drive(ground * unit, speed * unit, left, vehicle_margin, starts);
      drives.shift(shift);
      return drives;
    };
    add_vehicle(car_look(number, height * unit), path({2000, 34000}, 330), number);
    add_vehicle(bus_look(number, height * 19 / 10 * unit), path({10000}, 240), number + 1);
    add_vehicle(car_look(number + 2, height * 103 / 100 * unit), path({22000, 48000}, 290), number + 2);
  }
};

}  // namespace

Layout arrange_street(Scene scene, std::uint32_t variant) {
  return arrange_street(scene, variant, (scene == Scene::night ? night_salts : street_salts)[variant]);
}

Layout arrange_street(Scene scene, std::uint32_t variant, std::uint64_t salt) {
  Street street{scene, variant, salt, {}};
  street.layout.light = scene == Scene::night ? Light{256, 0, 6, 7, 112} : Light{250, 16, 0, 0, 256};
  int person = 0;
  for (const int ground : {334, 346}) {
    street.add_person(person, ground, 118 + street.drawn(7, person, -6, 10));
    ++person;
  }
  street.add_traffic(412, true, 0);
  street.add_traffic(486, false, 1);
  const int parked = street.drawn(8, 0, 220, 1000);
  const auto number = static_cast<std::uint32_t>(street.drawn(8, 1, 0, 999));
  street.add_vehicle(car_look(number, 124 * unit),
                     Path({parked * unit, 540 * unit}, street.drawn(8, 2, 0, 1) == 1), number + 7);
  const int people = scene == Scene::night ? 3 : 4;
  for (int i = 0; i < people; ++i) {
    const int ground = 580 + i * 40 + street.drawn(9, i, -6, 6);
    if (i == 2) {
      const int lamp = lamp_places[static_cast<std::size_t>(street.drawn(8, 3, 0, 2))];
      add_thing(street.layout, lamp_look(560 * unit), {lamp * unit, 640 * unit});
    }
    street.add_person(person++, ground, 176 + (ground - 580) * 6 / 10);
  }
  return std::move(street.layout);
}

}  // namespace camfleet::scene
