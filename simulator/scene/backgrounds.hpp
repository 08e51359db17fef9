#pragma once

#include <array>
#include <initializer_list>

#include "simulator/scene/ink.hpp"

namespace camfleet::scene {

/// Draws a background in pixels of a picture 1280x720, whatever its real size.
class Scenery {
 public:
  Scenery(Ink& ink, const View& view) : ink_(ink), view_(view) {}
  void box(int left, int top, int right, int bottom, Paint paint);
  void convex(std::initializer_list<Point> points, Paint paint);
  void ellipse(int x, int y, int across, int down, Paint paint);
  void line(int x0, int y0, int x1, int y1, int width, Paint paint);
  void grain(int left, int top, int right, int bottom, int most, int patch, std::uint64_t seed);
  void text(int x, int y, int cell, std::string_view text, Paint paint);

 private:
  [[nodiscard]] Point at(int x, int y) const { return view_.fine({x * unit, y * unit}); }
  Ink& ink_;
  const View& view_;
};

/// Where the lamps of the street light the pavement, pixels of the canvas.
inline constexpr std::array<int, 3> lamp_places{140, 640, 1140};

/// The background of a scene, opaque everywhere.
Ink background(Scene scene, std::uint32_t variant, const View& view);

void draw_street_background(Scenery& on, std::uint32_t variant);
void draw_street_lights(Scenery& on);  ///< of the night
void draw_lobby_background(Scenery& on, std::uint32_t variant);
void draw_crowd_background(Scenery& on, std::uint32_t variant);
void draw_yard_background(Scenery& on, std::uint32_t variant);
void draw_empty_background(Scenery& on, std::uint32_t variant);
void draw_card_background(Scenery& on, std::uint32_t variant);

}  // namespace camfleet::scene
