#pragma once

#include <initializer_list>

#include "simulator/scene/layout.hpp"

namespace camfleet::scene {

/// Where everything of a scene stands and moves. Slow; use layout_of().
Layout arrange(Scene scene, std::uint32_t variant);

Layout arrange_street(Scene scene, std::uint32_t variant);  ///< by day and by night
Layout arrange_yard(std::uint32_t variant);
/// `salt` gives other arrangements, to choose from.
Layout arrange_street(Scene scene, std::uint32_t variant, std::uint64_t salt);
Layout arrange_yard(std::uint32_t variant, std::uint64_t salt);
Layout arrange_lobby(std::uint32_t variant, std::uint64_t salt);
Layout arrange_lobby(std::uint32_t variant);
Layout arrange_crowd(std::uint32_t variant);

/// Adds an object with the next id.
Item& add_object(Layout& layout, ObjectClass kind, Look look, Path path);
/// Adds what is in the way but no object.
void add_thing(Layout& layout, Look look, Point at);

/// How someone goes to and fro on one line.
struct Stroll {
  int y = 0;       ///< units; of the ground
  int speed = 0;   ///< units a second
  int pauses = 1;  ///< of 2 to 5 s, within the picture
  std::uint64_t seed = 0;
  int margin = 170 * unit;  ///< beyond the canvas at either side, where nothing of it is seen
};
/// As many ways across the picture and its margins as the loop has time for, with spans out of sight between.
Path stroll(const Stroll& how);

/// Passes that begin at the given instants, all one way; `margin` as of Stroll.
Path drive(int y, int speed, bool left, int margin, std::initializer_list<int> starts_ms);

/// A draw of its own for each purpose, object and variant of a scene.
std::uint64_t draw(Scene scene, std::uint32_t variant, std::uint64_t purpose, std::uint64_t index);

}  // namespace camfleet::scene
