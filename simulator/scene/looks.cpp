#include "simulator/scene/looks.hpp"

#include "simulator/scene/figures.hpp"
#include "simulator/scene/props.hpp"

namespace camfleet::scene {
namespace {

void draw_pose(const Look& look, std::size_t pose, Ink& ink) {
  switch (look.sort) {
    case Sort::figure:
      return draw_figure(look, pose, ink);
    case Sort::lamp:
      return draw_lamp(look, ink);
    case Sort::hedge:
      return draw_hedge(look, ink);
    case Sort::walker:
    case Sort::portrait:
    case Sort::bust:
    case Sort::car:
    case Sort::bus:
    case Sort::plate:
      break;
  }
}

}  // namespace

result<std::vector<Sprite>> draw_look(const Look& look, bool left, int dim, const View& view) {
  std::vector<Sprite> sprites;
  for (std::size_t pose = 0; pose < look.poses.size(); ++pose) {
    const Extent& extent = look.poses[pose];
    const Rect box = view.around({0, 0}, left ? mirrored(extent) : extent);
    Ink ink(box.w, box.h);
    draw_pose(look, pose, ink);
    if (left) ink.mirror();
    if (dim != 256) ink.dim(dim);
    sprites.emplace_back(ink);
  }
  return sprites;
}

}  // namespace camfleet::scene
