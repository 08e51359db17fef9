#include "simulator/scene/looks.hpp"

#include "simulator/scene/figures.hpp"
#include "simulator/scene/portraits.hpp"
#include "simulator/scene/props.hpp"
#include "simulator/scene/vehicles.hpp"
#include "simulator/scene/walkers.hpp"

namespace camfleet::scene {
namespace {

result<void> draw_pose(const Look& look, std::size_t pose, Ink& ink) {
  switch (look.sort) {
    case Sort::figure:
      draw_figure(look, pose, ink);
      break;
    case Sort::lamp:
      draw_lamp(look, ink);
      break;
    case Sort::hedge:
      draw_hedge(look, ink);
      break;
    case Sort::walker:
      return draw_walker(look, pose, ink);
    case Sort::portrait:
      return draw_portrait(look, ink);
    case Sort::bust:
      draw_bust(look, ink);
      break;
    case Sort::car:
      draw_car(look, ink);
      break;
    case Sort::bus:
      draw_bus(look, ink);
      break;
    case Sort::plate:
      draw_plate(look, ink);
      break;
  }
  return success();
}

}  // namespace

result<std::vector<Sprite>> draw_look(const Look& look, bool left, int dim, const View& view) {
  std::vector<Sprite> sprites;
  for (std::size_t pose = 0; pose < look.poses.size(); ++pose) {
    const Extent& extent = look.poses[pose];
    const Rect box = view.around({0, 0}, left ? mirrored(extent) : extent);
    Ink ink(box.w, box.h);
    CAMFLEET_CHECK(draw_pose(look, pose, ink));
    // Letters stay as they are.
    if (left && look.sort != Sort::plate) ink.mirror();
    if (dim != 256) ink.dim(dim);
    sprites.emplace_back(ink);
  }
  return sprites;
}

}  // namespace camfleet::scene
