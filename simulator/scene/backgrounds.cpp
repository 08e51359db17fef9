#include "simulator/scene/backgrounds.hpp"

#include <algorithm>

namespace camfleet::scene {
namespace {

constexpr int night_dim = 84;  // of 256

}  // namespace

void Scenery::box(int left, int top, int right, int bottom, Paint paint) {
  const Point low = at(left, top);
  const Point high = at(right, bottom);
  ink_.box({low.x, low.y, high.x, high.y}, paint);
}

void Scenery::convex(std::initializer_list<Point> points, Paint paint) {
  std::vector<Point> fine;
  for (const Point p : points) fine.push_back(at(p.x, p.y));
  ink_.convex(fine, paint);
}

void Scenery::ellipse(int x, int y, int across, int down, Paint paint) {
  ink_.ellipse(at(x, y), view_.fine(across * unit), view_.fine(down * unit), paint);
}

void Scenery::line(int x0, int y0, int x1, int y1, int width, Paint paint) {
  ink_.limb(at(x0, y0), view_.fine(width * unit / 2), at(x1, y1), view_.fine(width * unit / 2), paint);
}

void Scenery::grain(int left, int top, int right, int bottom, int most, int patch, std::uint64_t seed) {
  const int x = view_.x(left * unit);
  const int y = view_.y(top * unit);
  ink_.grain({x, y, view_.x(right * unit) - x, view_.y(bottom * unit) - y}, most,
             std::max(view_.pixels(patch * unit), 1), seed);
}

void Scenery::text(int x, int y, int cell, std::string_view text, Paint paint) {
  ink_.text(at(x, y), view_.fine(cell * unit), text, paint);
}

Ink background(Scene scene, std::uint32_t variant, const View& view) {
  Ink ink(view.size().width, view.size().height);
  Scenery scenery(ink, view);
  scenery.box(-8, -8, 1288, 728, {rgb(90, 90, 90)});
  switch (scene) {
    case Scene::yard:
      draw_yard_background(scenery, variant);
      break;
    case Scene::card:
      draw_card_background(scenery, variant);
      break;
    case Scene::empty:
      draw_empty_background(scenery, variant);
      break;
    case Scene::street:
      draw_street_background(scenery, variant);
      break;
    case Scene::night:
      draw_street_background(scenery, variant);
      ink.dim(night_dim);
      draw_street_lights(scenery);
      break;
    case Scene::lobby:
      draw_lobby_background(scenery, variant);
      break;
    case Scene::crowd:
      draw_crowd_background(scenery, variant);
      break;
  }
  return ink;
}

}  // namespace camfleet::scene
