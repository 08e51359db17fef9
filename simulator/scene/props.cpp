#include "simulator/scene/props.hpp"

#include "simulator/scene/figures.hpp"

namespace camfleet::scene {

Look lamp_look(int height) {
  return {Sort::lamp, 0, height, {{-height / 14, -height, height / 14, 0}}};
}

Look hedge_look(int width, int height) {
  return {Sort::hedge, static_cast<std::uint32_t>(width), height, {{-width / 2, -height, width / 2, 0}}};
}

void draw_lamp(const Look& look, Ink& ink) {
  Fitted lamp(ink, look.poses[0]);
  const int h = look.height;
  const Paint iron{rgb(58, 62, 64), -10, 0};
  lamp.box({-h / 100, -h, h / 100, 0}, iron);
  lamp.box({-h / 55, -h / 8, h / 55, 0}, iron);
  lamp.box({-h / 14, -h, h / 14, -h * 98 / 100}, iron);
  lamp.box({-h / 16, -h * 98 / 100, h / 16, -h * 96 / 100}, {rgb(250, 244, 214), 0, 0});
}

void draw_hedge(const Look& look, Ink& ink) {
  Fitted hedge(ink, look.poses[0]);
  const Extent e = look.poses[0];
  hedge.box(e, {rgb(52, 88, 44), 0, -18});
  ink.grain({0, 0, ink.width(), ink.height()}, 16, 3, look.number);
  hedge.box({e.left, e.bottom - look.height * 2 / 5, e.right, e.bottom}, {rgb(150, 140, 128), 0, -10});
}

}  // namespace camfleet::scene
