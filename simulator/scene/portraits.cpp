#include "simulator/scene/portraits.hpp"

#include <algorithm>
#include <array>

#include "actors/base/hash.hpp"
#include "simulator/scene/figures.hpp"
#include "simulator/scene/photographs.hpp"

namespace camfleet::scene {
namespace {

int face_width(std::uint32_t number, int height) {
  const PortraitCut& cut = portrait_cuts()[number % portrait_count()];
  return divide(std::int64_t{height} * cut.across, cut.down);
}

/// Another complexion.
struct Tone {
  int light;  // of 256
  int u;
  int v;
};
constexpr std::array<Tone, 4> tones{{{256, 0, 0}, {204, -2, 2}, {236, 2, -3}, {160, -2, 3}}};

Colour toned(Colour colour, std::uint32_t number) {
  const Tone& tone = tones[number / portrait_count() % tones.size()];
  return {static_cast<std::uint8_t>(16 + (colour.y - 16) * tone.light / 256),
          static_cast<std::uint8_t>(colour.u + tone.u), static_cast<std::uint8_t>(colour.v + tone.v)};
}

}  // namespace

std::uint32_t portrait_count() {
  return static_cast<std::uint32_t>(portrait_cuts().size());
}

Look portrait_look(std::uint32_t number, int height) {
  const int width = face_width(number, height);
  return {Sort::portrait, number, height, {{-width / 2, -height / 2, width / 2, height / 2}}};
}

Look bust_look(std::uint32_t number, int face_height, int below) {
  const int h = face_height;
  return {Sort::bust, number, h, {{-h, -h * 7 / 10, h, std::min(h * 64 / 10, below)}}};
}

result<void> draw_portrait(const Look& look, Ink& ink) {
  CAMFLEET_TRY(const Portraits* all, portraits());
  Cutout face = (*all)[look.number % portrait_count()];
  for (Colour& colour : face.colours) colour = toned(colour, look.number);
  face.draw(ink);
  return success();
}

void draw_bust(const Look& look, Ink& ink) {
  // By portrait.
  static const std::array<Colour, 5> hairs{rgb(74, 60, 44), rgb(48, 44, 40), rgb(24, 20, 20), rgb(34, 24, 20),
                                           rgb(30, 28, 28)};
  static const std::array<Colour, 5> skins{rgb(206, 158, 134), rgb(176, 150, 122), rgb(150, 92, 64),
                                           rgb(168, 98, 76), rgb(134, 96, 72)};
  static const std::array<Colour, 6> clothes{rgb(44, 62, 92),    rgb(120, 48, 44), rgb(60, 84, 62),
                                             rgb(150, 146, 140), rgb(36, 38, 44),  rgb(96, 78, 112)};
  const int h = look.height;
  const int w = face_width(look.number, h);
  const std::size_t face = look.number % portrait_count();
  const Colour cloth = clothes[look.number % clothes.size()];
  const Colour skin = toned(skins[face], look.number);
  const Colour trousers{static_cast<std::uint8_t>(40 + mix(look.number + 9) % 30), 130, 126};
  Fitted bust(ink, look.poses[0]);
  bust.ellipse({0, -h * 8 / 100}, w * 62 / 100, h * 60 / 100, {hairs[face], -8, -6});
  for (const int side : {-1, 1}) {
    bust.limb({side * h * 30 / 100, h * 33 / 10}, h * 36 / 100, {side * h * 36 / 100, h * 62 / 10},
              h * 22 / 100, {trousers, -8, 0});
    bust.limb({side * h * 70 / 100, h * 126 / 100}, h * 29 / 100, {side * h * 76 / 100, h * 30 / 10},
              h * 20 / 100, {cloth, -side * 8, -4});
  }
  bust.limb({0, h * 2 / 10}, w * 30 / 100, {0, h * 8 / 10}, w * 34 / 100, {skin, -10, -24});
  bust.limb({-h * 52 / 100, h * 122 / 100}, h * 32 / 100, {h * 52 / 100, h * 122 / 100}, h * 32 / 100,
            {cloth, -14, 0});
  bust.box({-h * 66 / 100, h * 126 / 100, h * 66 / 100, h * 34 / 10}, {cloth, -14, -8});
  const std::array<Point, 3> neckline{
      {{-w * 36 / 100, h * 86 / 100}, {w * 36 / 100, h * 86 / 100}, {0, h * 120 / 100}}};
  bust.convex(neckline, {skin, -10, -10});
}

}  // namespace camfleet::scene
