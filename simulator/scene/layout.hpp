#pragma once

#include <cstdint>
#include <vector>

#include "simulator/scene/path.hpp"

namespace camfleet::scene {

/// What is drawn for an item.
enum class Sort : std::uint8_t {
  figure,    ///< a walking person, drawn
  walker,    ///< a walking person, photographed
  portrait,  ///< a face, photographed
  bust,      ///< head and shoulders around a portrait, drawn
  car,
  bus,
  plate,
  lamp,   ///< a lamp post
  hedge,  ///< a low box of plants
};

/// How something looks, without its pixels.
struct Look {
  Sort sort = Sort::figure;
  std::uint32_t number = 0;   ///< which of its sort: clothes, photograph, colour, characters of a plate
  int height = 0;             ///< units, of the whole
  std::vector<Extent> poses;  ///< tight, around the anchor, of one that faces the right; at least one
  int stride = 0;             ///< units walked while the poses of a walk are shown once; 0: one pose
  std::size_t cycle = 1;      ///< the first so many poses are the walk
  std::size_t still = 0;      ///< the pose of one that stands
  friend bool operator==(const Look& a, const Look& b) {
    return a.sort == b.sort && a.number == b.number && a.height == b.height;
  }
};

/// Something that stands or moves before the background.
struct Item {
  std::uint32_t id = 0;  ///< 0: it is no object of the truth
  ObjectClass kind = ObjectClass::person;
  Look look;
  Path path;
  int carrier = -1;  ///< the item before it in the list on which it sits, which it never covers
};

/// Brightness over the loop: 256 is the background as it is drawn.
struct Light {
  int mean = 256;
  int swing = 0;   ///< of the slow wave, either way
  int ripple = 0;  ///< of the quick one
  int noise = 0;   ///< of the sensor: most steps of luma either way
  int dim = 256;   ///< what is before the background, against how it is drawn; it loses colour too
};

/// One arrangement of a scene.
struct Layout {
  std::vector<Item> items;  ///< from far to near
  Light light;
};

/// Made once for each scene and variant (taken modulo their number), then shared. Thread-safe.
const Layout& layout_of(Scene scene, std::uint32_t variant);

/// Which pose is shown, and where.
struct Placed {
  std::size_t pose = 0;
  bool left = false;
  Rect box;  ///< of the whole silhouette, also beyond the picture
};
Placed place(const Item& item, Duration at, const View& view);

/// Adds what of the picture an item in `box` hides.
void add_solids(const Item& item, const Rect& box, bool left, std::vector<Rect>& into);

/// Adds rectangles that together are about the shape of an item in `box`.
void add_shape(const Item& item, const Rect& box, bool left, std::vector<Rect>& into);

/// As truth(), of a layout.
std::vector<Seen> truth_of(const Layout& layout, Duration at, FrameSize size);

/// Brightness at one instant, 256 = 1; the same after a loop.
int light_at(const Light& light, Duration at);

}  // namespace camfleet::scene
