#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "actors/spec/spec.hpp"

namespace camfleet::scene {

/// What a synthetic camera films.
enum class Scene : std::uint8_t { street, night, yard, lobby, crowd, empty, card };
inline constexpr std::array<std::string_view, 7> scene_names{"street", "night", "yard", "lobby",
                                                             "crowd",  "empty", "card"};
std::string_view to_text(Scene scene);
/// Errors: invalid_field, with all names.
result<Scene> parse_scene(std::string_view name);

/// Each scene comes with so many arrangements of its objects.
inline constexpr std::uint32_t variant_count = 4;

/// After so long everything is where it was.
inline constexpr Duration loop_length = seconds(60);

enum class ObjectClass : std::uint8_t { person, face, plate, vehicle };
inline constexpr std::array<std::string_view, 4> class_names{"person", "face", "plate", "vehicle"};
std::string_view to_text(ObjectClass kind);

/// True where the truth of a scene has every object of a class that its pictures show: of people in a street
/// the faces are not in it, nor the people behind the faces of a lobby.
bool is_told(Scene scene, ObjectClass kind);

/// Pixels of a picture; (x, y) is the upper left corner.
struct Rect {
  int x = 0;
  int y = 0;
  int w = 0;
  int h = 0;
  friend bool operator==(const Rect&, const Rect&) = default;
};

/// An object at one instant.
struct Seen {
  std::uint32_t id = 0;  ///< of the object, the same through the whole loop; below 1000
  ObjectClass kind = ObjectClass::person;
  Rect box;                     ///< the part of it that lies in the picture, covered or not
  std::uint32_t per_mille = 0;  ///< how much of the whole object is in the picture and not covered
};

/// Of the loop of one scene: an object comes into view at `from` and is out of it at `to`; one that is in
/// view when the loop begins anew has `to` beyond loop_length, and one that never goes has the whole loop.
struct Stay {
  std::uint32_t id = 0;
  ObjectClass kind = ObjectClass::person;
  Duration from{0};
  Duration to{0};
};

/// Half of an object or more is in view.
inline constexpr std::uint32_t in_view = 500;

/// Where everything is at `at` of the loop, in [0, loop_length), in a picture of `size`; by id. Objects of
/// which nothing is in view are left out. Nothing is rendered or read for it.
std::vector<Seen> truth(Scene scene, std::uint32_t variant, Duration at, FrameSize size);

/// When objects are in view (`in_view` or more), exact to 20 ms; by id and time.
std::vector<Stay> stays(Scene scene, std::uint32_t variant, FrameSize size);

}  // namespace camfleet::scene
