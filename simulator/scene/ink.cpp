#include "simulator/scene/ink.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "actors/base/hash.hpp"
#include "simulator/scene/font.hpp"

namespace camfleet::scene {
namespace {

constexpr int rows_of_pixel = 4;              // scan lines in a pixel
constexpr int full = rows_of_pixel * 16;      // coverage of a whole pixel
constexpr int row_step = 16 / rows_of_pixel;  // sixteenths of a pixel

/// Where the scan line at `y` meets a convex shape; empty when from >= to.
std::pair<int, int> span_at(std::span<const Point> points, int y) {
  int from = std::numeric_limits<int>::max();
  int to = std::numeric_limits<int>::min();
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point a = points[i];
    const Point b = points[i + 1 == points.size() ? 0 : i + 1];
    if ((a.y <= y) == (b.y <= y)) continue;
    const auto x = static_cast<int>(a.x + std::int64_t{b.x - a.x} * (y - a.y) / (b.y - a.y));
    from = std::min(from, x);
    to = std::max(to, x);
  }
  return {from, to};
}

/// Adds the span to the coverage of a row of pixels.
void cover(std::vector<int>& row, int from, int to) {
  from = std::max(from, 0);
  to = std::min(to, static_cast<int>(row.size()) * 16);
  for (int x = from; x < to;) {
    const int end = std::min((x / 16 + 1) * 16, to);
    row[static_cast<std::size_t>(x / 16)] += end - x;
    x = end;
  }
}

std::int64_t cross(Point o, Point a, Point b) {
  return std::int64_t{a.x - o.x} * (b.y - o.y) - std::int64_t{a.y - o.y} * (b.x - o.x);
}

/// The corners of the smallest convex shape around `points` (Andrew's monotone chain).
std::vector<Point> hull(std::vector<Point> points) {
  std::ranges::sort(points, [](Point a, Point b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });
  std::vector<Point> out;
  for (int side = 0; side < 2; ++side) {
    const std::size_t begin = out.size();
    for (const Point p : points) {
      while (out.size() >= begin + 2 && cross(out[out.size() - 2], out.back(), p) <= 0) out.pop_back();
      out.push_back(p);
    }
    out.pop_back();
    std::ranges::reverse(points);
  }
  return out;
}

void add_circle(std::vector<Point>& points, Point centre, int across, int down, int corners) {
  for (int i = 0; i < corners; ++i) {
    const int angle = i * 1024 / corners;
    points.push_back({centre.x + divide(std::int64_t{across} * sine(angle + 256), sine_one),
                      centre.y + divide(std::int64_t{down} * sine(angle), sine_one)});
  }
}

/// From -256 at the low end of a range to 256 at the high one.
int position(int at, int low, int high) {
  return high <= low ? 0 : std::clamp((2 * at - low - high) * 256 / (high - low), -256, 256);
}

}  // namespace

Colour rgb(int r, int g, int b) {
  return {clamped_byte(16 + (66 * r + 129 * g + 25 * b + 128) / 256),
          clamped_byte(128 + divide(-38 * r - 74 * g + 112 * b, 256)),
          clamped_byte(128 + divide(112 * r - 94 * g - 18 * b, 256))};
}

Ink::Ink(int width, int height) : width_(width), height_(height) {
  const std::size_t count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  pixels_.resize(count);
  alpha_.resize(count);
}

void Ink::put(int x, int y, Colour colour, int alpha) {
  const std::size_t i = index(x, y);
  const int below = alpha_[i] * (255 - alpha) / 255;
  const int sum = below + alpha;
  if (sum == 0) return;
  const auto over = [&](std::uint8_t low, std::uint8_t high) {
    return clamped_byte((low * below + high * alpha + sum / 2) / sum);
  };
  Colour& pixel = pixels_[i];
  pixel = {over(pixel.y, colour.y), over(pixel.u, colour.u), over(pixel.v, colour.v)};
  alpha_[i] = clamped_byte(sum);
}

void Ink::convex(std::span<const Point> points, Paint paint) {
  const auto [left, right] = std::ranges::minmax(points, {}, &Point::x);
  const auto [top, bottom] = std::ranges::minmax(points, {}, &Point::y);
  const int first = std::max(top.y / 16 - 1, 0);
  const int last = std::min(bottom.y / 16, height_ - 1);
  const int low = std::max(left.x / 16 - 1, 0);
  const int high = std::min(right.x / 16, width_ - 1);
  std::vector<int> row(static_cast<std::size_t>(width_));
  for (int y = first; y <= last; ++y) {
    std::fill(row.begin(), row.end(), 0);
    for (int line = 0; line < rows_of_pixel; ++line) {
      const auto [from, to] = span_at(points, y * 16 + line * row_step + row_step / 2);
      if (from < to) cover(row, from, to);
    }
    const int down = paint.down * position(y * 16 + 8, top.y, bottom.y) / 256;
    for (int x = low; x <= high; ++x) {
      const int covered = row[static_cast<std::size_t>(x)];
      if (covered == 0) continue;
      Colour colour = paint.colour;
      const int across = paint.across * position(x * 16 + 8, left.x, right.x) / 256;
      colour.y = static_cast<std::uint8_t>(std::clamp(colour.y + across + down, 16, 235));
      put(x, y, colour, covered * 255 / full);
    }
  }
}

void Ink::box(const Extent& e, Paint paint) {
  const std::array<Point, 4> corners{
      {{e.left, e.top}, {e.right, e.top}, {e.right, e.bottom}, {e.left, e.bottom}}};
  convex(corners, paint);
}

void Ink::ellipse(Point centre, int across, int down, Paint paint) {
  std::vector<Point> points;
  add_circle(points, centre, across, down, 48);
  convex(points, paint);
}

void Ink::limb(Point from, int from_radius, Point to, int to_radius, Paint paint) {
  std::vector<Point> points;
  add_circle(points, from, from_radius, from_radius, 20);
  add_circle(points, to, to_radius, to_radius, 20);
  convex(hull(std::move(points)), paint);
}

void Ink::text(Point at, int cell, std::string_view text, Paint paint) {
  for (const char c : text) {
    const Glyph glyph = glyph_of(c);
    for (int column = 0; column < glyph_columns; ++column)
      for (int row = 0; row < glyph_rows; ++row)
        if ((glyph[static_cast<std::size_t>(column)] >> row & 1) != 0)
          box({at.x + column * cell, at.y + row * cell, at.x + (column + 1) * cell, at.y + (row + 1) * cell},
              paint);
    at.x += (glyph_columns + 1) * cell;
  }
}

void Ink::grain(const Rect& where, int most, int patch, std::uint64_t seed) {
  const Rect part = within(where, {width_, height_});
  for (int y = part.y; y < part.y + part.h; ++y) {
    for (int x = part.x; x < part.x + part.w; ++x) {
      const auto column = static_cast<std::uint64_t>(x / patch);
      const auto row = static_cast<std::uint64_t>(y / patch);
      std::uint8_t& luma = pixels_[index(x, y)].y;
      const int change = between(-most, most, mix(seed ^ (row << 20U) ^ column));
      luma = static_cast<std::uint8_t>(std::clamp(luma + change, 16, 235));
    }
  }
}

void Ink::dim(int of) {
  for (Colour& pixel : pixels_) {
    pixel.y = clamped_byte(16 + (pixel.y - 16) * of / 256);
    pixel.u = clamped_byte(128 + (pixel.u - 128) * of / 256);
    pixel.v = clamped_byte(128 + (pixel.v - 128) * of / 256);
  }
}

void Ink::mirror() {
  for (int y = 0; y < height_; ++y) {
    const auto from = static_cast<std::ptrdiff_t>(index(0, y));
    std::reverse(pixels_.begin() + from, pixels_.begin() + from + width_);
    std::reverse(alpha_.begin() + from, alpha_.begin() + from + width_);
  }
}

}  // namespace camfleet::scene
