#include "simulator/scene/figures.hpp"

#include <algorithm>
#include <array>

#include "actors/base/hash.hpp"

namespace camfleet::scene {
namespace {

constexpr int phases = 16;     // of a walk of two steps
constexpr int stride = 790;    // of it, thousandths of the height
constexpr int far_side = -16;  // luma of the limbs on the far side

struct Clothes {
  Colour skin, hair, shirt, trousers, shoes;
  bool long_sleeves = false;
  bool coat = false;
};

/// A limb in thousandths of the height, y downwards from the hips.
struct Limb {
  Point from;
  int from_radius = 0;
  Point to;
  int to_radius = 0;
  Paint paint;
};

Clothes clothes_of(std::uint32_t number) {
  static const std::array<Colour, 8> shirts{rgb(150, 32, 30), rgb(26, 44, 96),  rgb(216, 214, 208),
                                            rgb(34, 36, 40),  rgb(40, 92, 60),  rgb(206, 164, 60),
                                            rgb(88, 60, 110), rgb(96, 142, 184)};
  static const std::array<Colour, 5> trousers{rgb(30, 34, 52), rgb(24, 24, 26), rgb(70, 62, 50),
                                              rgb(56, 74, 108), rgb(96, 92, 86)};
  static const std::array<Colour, 4> skins{rgb(226, 180, 150), rgb(198, 146, 112), rgb(140, 96, 70),
                                           rgb(96, 64, 48)};
  static const std::array<Colour, 4> hairs{rgb(30, 24, 20), rgb(74, 50, 32), rgb(150, 118, 74),
                                           rgb(120, 116, 112)};
  const auto draw = [number](std::uint64_t what, std::size_t count) {
    return static_cast<std::size_t>(mix(number * 16ULL + what) % count);
  };
  // Neighbours in number differ in their shirts; coats are dark.
  const Colour shirt = shirts[number % shirts.size()];
  return {skins[draw(1, skins.size())],
          hairs[draw(2, hairs.size())],
          shirt,
          trousers[draw(3, trousers.size())],
          rgb(28, 26, 26),
          draw(4, 2) == 0,
          shirt.y < 100 && draw(5, 2) == 0};
}

Point turned(Point from, int length, int angle) {
  return {from.x + divide(std::int64_t{length} * sine(angle), sine_one),
          from.y + divide(std::int64_t{length} * sine(angle + 256), sine_one)};
}

Paint darker(Colour colour, int by, int across) {
  colour.y = static_cast<std::uint8_t>(std::clamp(colour.y + by, 16, 235));
  return {colour, across, 0};
}

/// `angle` of the thigh and `bend` of the knee, in 1024ths of a turn.
void add_leg(std::vector<Limb>& limbs, const Clothes& wear, Point hip, int angle, int bend, int light) {
  const Point knee = turned(hip, 245, angle);
  const Point ankle = turned(knee, 215, angle - bend);
  const Point toe = turned(ankle, 68, angle - bend + 215);
  const Paint cloth = darker(wear.trousers, light, -8);
  limbs.push_back({{ankle.x - 6, ankle.y + 12}, 24, {toe.x, toe.y + 10}, 18, darker(wear.shoes, light, 0)});
  limbs.push_back({knee, 42, ankle, 29, cloth});
  limbs.push_back({hip, 60, knee, 43, cloth});
}

void add_arm(std::vector<Limb>& limbs, const Clothes& wear, Point shoulder, int angle, int bend, int light) {
  const Point elbow = turned(shoulder, 165, angle);
  const Point hand = turned(elbow, 150, angle + bend);
  limbs.push_back({hand, 24, turned(hand, 26, angle + bend), 20, darker(wear.skin, light, -6)});
  limbs.push_back({elbow, 32, hand, 24, darker(wear.long_sleeves ? wear.shirt : wear.skin, light, -8)});
  limbs.push_back({shoulder, 42, elbow, 33, darker(wear.shirt, light, -10)});
}

void add_trunk(std::vector<Limb>& limbs, const Clothes& wear) {
  limbs.push_back({{0, -10}, 78, {0, 30}, 72, darker(wear.trousers, 0, -10)});
  if (wear.coat) limbs.push_back({{0, -60}, 84, {0, 110}, 92, darker(wear.shirt, -6, -14)});
  limbs.push_back({{-2, -268}, 98, {0, -20}, 82, darker(wear.shirt, 0, -20)});
  limbs.push_back({{4, -345}, 36, {6, -390}, 34, darker(wear.skin, -14, 0)});
  limbs.push_back({{0, -446}, 66, {-4, -420}, 66, darker(wear.hair, 0, -8)});
  limbs.push_back({{16, -434}, 50, {18, -402}, 45, darker(wear.skin, 0, -10)});
}

/// From the far side to the near one; `pose` beyond the phases stands.
std::vector<Limb> limbs_of(std::uint32_t number, std::size_t pose) {
  const Clothes wear = clothes_of(number);
  const bool walks = pose < phases;
  const int phase = static_cast<int>(pose) * 1024 / phases;
  const auto swing = [&](int at, int most) {
    return walks ? divide(std::int64_t{most} * sine(at), sine_one) : at == phase ? -most / 4 : most / 4;
  };
  const auto bend = [&](int at) { return 10 + (walks ? std::max(swing(at + 256, 140), 0) : 0); };
  std::vector<Limb> limbs;
  add_arm(limbs, wear, {58, -288}, swing(phase, 58), 46, far_side);
  add_leg(limbs, wear, {26, 20}, swing(phase + 512, 74), bend(phase + 512), far_side);
  add_leg(limbs, wear, {-24, 20}, swing(phase, 74), bend(phase), 0);
  add_trunk(limbs, wear);
  add_arm(limbs, wear, {-66, -288}, swing(phase + 512, 58), 46, 6);
  return limbs;
}

Extent extent_of(const std::vector<Limb>& limbs) {
  Extent all{1000, 1000, -1000, -1000};
  const auto add = [&](Point at, int radius) {
    all = {std::min(all.left, at.x - radius), std::min(all.top, at.y - radius),
           std::max(all.right, at.x + radius), std::max(all.bottom, at.y + radius)};
  };
  for (const Limb& limb : limbs) {
    add(limb.from, limb.from_radius);
    add(limb.to, limb.to_radius);
  }
  return all;
}

}  // namespace

Point Fitted::at(Point units) const {
  return {divide(std::int64_t{units.x - extent_.left} * ink_.width() * 16, extent_.right - extent_.left),
          divide(std::int64_t{units.y - extent_.top} * ink_.height() * 16, extent_.bottom - extent_.top)};
}

int Fitted::length(int units) const {
  return divide(std::int64_t{units} * ink_.height() * 16, extent_.bottom - extent_.top);
}

void Fitted::limb(Point from, int from_radius, Point to, int to_radius, Paint paint) {
  ink_.limb(at(from), length(from_radius), at(to), length(to_radius), paint);
}

void Fitted::box(const Extent& e, Paint paint) {
  const Point low = at({e.left, e.top});
  const Point high = at({e.right, e.bottom});
  ink_.box({low.x, low.y, high.x, high.y}, paint);
}

void Fitted::convex(std::span<const Point> points, Paint paint) {
  std::vector<Point> fitted;
  for (const Point point : points) fitted.push_back(at(point));
  ink_.convex(fitted, paint);
}

void Fitted::ellipse(Point centre, int across, int down, Paint paint) {
  ink_.ellipse(at(centre), length(across), length(down), paint);
}

Look figure_look(std::uint32_t number, int height) {
  Look look{Sort::figure, number, height, {}, stride * height / 1000, phases, phases};
  for (std::size_t pose = 0; pose <= phases; ++pose) {
    const Extent e = extent_of(limbs_of(number, pose));
    const auto scaled = [&](int thousandths) { return divide(std::int64_t{thousandths} * height, 1000); };
    // The lower foot is on the ground.
    look.poses.push_back({scaled(e.left), scaled(e.top - e.bottom), scaled(e.right), 0});
  }
  return look;
}

void draw_figure(const Look& look, std::size_t pose, Ink& ink) {
  const std::vector<Limb> limbs = limbs_of(look.number, pose);
  Fitted fitted(ink, extent_of(limbs));
  for (const Limb& limb : limbs)
    fitted.limb(limb.from, limb.from_radius, limb.to, limb.to_radius, limb.paint);
  ink.grain({0, 0, ink.width(), ink.height()}, 5, 2, look.number);
}

}  // namespace camfleet::scene
