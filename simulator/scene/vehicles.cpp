#include "simulator/scene/vehicles.hpp"

#include <array>
#include <string>

#include "actors/base/hash.hpp"
#include "simulator/scene/figures.hpp"

namespace camfleet::scene {
namespace {

constexpr Colour glass{58, 134, 124};
constexpr Colour tyre{26, 128, 128};

/// Draws in thousandths of a vehicle's length, from its rear, and of its height, from the ground.
class Body {
 public:
  Body(const Look& look, Ink& ink) : extent_(look.poses[0]), fitted_(ink, extent_) {}
  [[nodiscard]] Point at(int x, int y) const {
    return {extent_.left + divide(std::int64_t{extent_.right - extent_.left} * x, 1000),
            divide(std::int64_t{extent_.top} * y, 1000)};
  }
  void convex(std::initializer_list<Point> corners, Paint paint) {
    std::vector<Point> points;
    for (const Point corner : corners) points.push_back(at(corner.x, corner.y));
    fitted_.convex(points, paint);
  }
  void box(int left, int low, int right, int high, Paint paint) {
    convex({{left, low}, {right, low}, {right, high}, {left, high}}, paint);
  }
  void wheel(int x, int radius) {
    const int units = -divide(std::int64_t{extent_.top} * radius, 1000);
    fitted_.ellipse(at(x, radius), units, units, {tyre});
    fitted_.ellipse(at(x, radius), units * 5 / 9, units * 5 / 9, {rgb(150, 152, 156), 0, -20});
    fitted_.ellipse(at(x, radius), units / 5, units / 5, {rgb(70, 72, 76)});
  }

 private:
  Extent extent_;
  Fitted fitted_;
};

Colour colour_of(std::uint32_t number) {
  static const std::array<Colour, 6> colours{rgb(168, 32, 34), rgb(42, 74, 132), rgb(206, 206, 204),
                                             rgb(64, 68, 74),  rgb(46, 96, 74),  rgb(196, 150, 52)};
  return colours[number % colours.size()];
}

Colour darker(Colour colour, int by) {
  colour.y = static_cast<std::uint8_t>(std::max(colour.y - by, 20));
  return colour;
}

}  // namespace

Look car_look(std::uint32_t number, int height) {
  return {Sort::car, number, height, {{-height * 3 / 2, -height, height * 3 / 2, 0}}};
}

Look bus_look(std::uint32_t number, int height) {
  return {Sort::bus, number, height, {{-height * 3 / 2, -height, height * 3 / 2, 0}}};
}

Look plate_look(std::uint32_t number, const Look& vehicle) {
  const Extent& e = vehicle.poses[0];
  const bool bus = vehicle.sort == Sort::bus;
  const auto x = [&](int part) { return e.left + divide(std::int64_t{e.right - e.left} * part, 1000); };
  const auto y = [&](int part) { return divide(std::int64_t{e.top} * part, 1000); };
  const int low = bus ? 150 : 260;
  return {Sort::plate,
          number,
          vehicle.height,
          {{x(bus ? 880 : 836), y(low + (bus ? 62 : 110)), x(bus ? 975 : 984), y(low)}}};
}

void draw_car(const Look& look, Ink& ink) {
  const Colour paint = colour_of(look.number);
  Body car(look, ink);
  car.box(30, 80, 980, 220, {darker(paint, 70)});
  car.convex({{90, 560}, {190, 960}, {250, 1000}, {520, 1000}, {590, 960}, {740, 560}}, {paint, 0, -10});
  car.convex({{165, 600}, {235, 920}, {370, 930}, {370, 600}}, {glass, 0, -20});
  car.convex({{390, 600}, {390, 930}, {520, 920}, {590, 600}}, {glass, 0, -20});
  car.convex({{620, 600}, {560, 900}, {600, 930}, {740, 600}}, {{90, 132, 126}, 10, 0});
  car.convex({{0, 200}, {0, 560}, {30, 600}, {640, 620}, {820, 560}, {820, 180}}, {paint, 0, -16});
  car.convex({{640, 620}, {820, 560}, {1000, 520}, {930, 580}, {760, 640}}, {paint, 6, -6});
  car.convex({{820, 180}, {820, 560}, {1000, 520}, {1000, 190}}, {darker(paint, 22), -6, -8});
  car.box(0, 400, 18, 500, {rgb(150, 30, 26)});
  car.convex({{828, 430}, {828, 520}, {868, 512}, {868, 430}}, {rgb(236, 232, 208)});
  car.convex({{952, 424}, {952, 500}, {994, 492}, {994, 424}}, {rgb(236, 232, 208)});
  car.box(376, 220, 384, 600, {darker(paint, 40)});
  car.box(300, 500, 340, 520, {darker(paint, 50)});
  car.wheel(190, 150);
  car.wheel(660, 150);
}

void draw_bus(const Look& look, Ink& ink) {
  const Colour paint = colour_of(look.number + 1);
  Body bus(look, ink);
  bus.box(15, 50, 985, 130, {rgb(40, 40, 42)});
  bus.convex({{0, 100}, {0, 980}, {14, 1000}, {860, 1000}, {870, 100}}, {paint, 0, -14});
  bus.convex({{860, 100}, {860, 1000}, {985, 990}, {1000, 970}, {1000, 110}}, {darker(paint, 20), -8, -6});
  bus.box(0, 440, 862, 460, {rgb(230, 228, 220)});
  for (int i = 0; i < 6; ++i) bus.box(28 + i * 118, 520, 130 + i * 118, 880, {glass, 8, -16});
  bus.box(740, 140, 846, 880, {{52, 132, 126}, 0, -10});
  bus.box(790, 140, 796, 880, {paint});
  bus.convex({{872, 470}, {872, 880}, {990, 870}, {990, 470}}, {{72, 132, 126}, 16, -10});
  bus.convex({{876, 905}, {876, 970}, {986, 960}, {986, 900}}, {rgb(30, 30, 30)});
  bus.box(870, 250, 905, 310, {rgb(236, 232, 208)});
  bus.box(955, 250, 990, 310, {rgb(236, 232, 208)});
  bus.wheel(170, 110);
  bus.wheel(680, 110);
}

void draw_plate(const Look& look, Ink& ink) {
  static constexpr std::string_view letters = "ABCDEFGHJKLMNPRSTUVWXYZ";
  std::string text;
  for (std::uint64_t i = 0; i < 2; ++i) text += letters[mix(look.number * 8ULL + i) % letters.size()];
  text += '-';
  for (std::uint64_t i = 2; i < 6; ++i) text += static_cast<char>('0' + mix(look.number * 8ULL + i) % 10);
  const int width = ink.width() * 16;
  const int height = ink.height() * 16;
  ink.box({0, 0, width, height}, {rgb(30, 34, 40)});
  const int rim = std::min(height / 10, 16);
  ink.box({rim, rim, width - rim, height - rim}, {rgb(238, 238, 232)});
  const int cell = std::min((width - 4 * rim) / text_cells(text), (height - 4 * rim) / 7);
  if (cell > 0)
    ink.text({(width - cell * text_cells(text)) / 2, (height - cell * 7) / 2}, cell, text, {rgb(20, 24, 60)});
}

}  // namespace camfleet::scene
