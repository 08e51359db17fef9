#include "simulator/scene/geometry.hpp"

#include <algorithm>

namespace camfleet::scene {

Extent mirrored(const Extent& extent) {
  return {-extent.right, extent.top, -extent.left, extent.bottom};
}

int divide(std::int64_t a, std::int64_t b) {
  const std::int64_t twice = 2 * a + b;
  const std::int64_t whole = twice / (2 * b);
  return static_cast<int>(twice < 0 && twice % (2 * b) != 0 ? whole - 1 : whole);
}

int sine(int angle) {
  const int half = angle & 511;
  // Bhaskara's approximation.
  const std::int64_t p = std::int64_t{half} * (512 - half);
  const auto value = static_cast<int>(sine_one * 16 * p / (5 * 512 * 512 - 4 * p));
  return (angle & 512) != 0 ? -value : value;
}

int between(int least, int most, std::uint64_t random) {
  const auto range = static_cast<std::uint64_t>(std::max(most - least, 0)) + 1;
  return least + static_cast<int>(random % range);
}

View::View(FrameSize size) : size_(size) {
  if (std::int64_t{size.width} * 9 <= std::int64_t{size.height} * 16) {
    scale_ = size.height;
    of_ = canvas_height;
    left_ = (canvas_width - static_cast<int>(std::int64_t{size.width} * of_ / scale_)) / 2;
  } else {
    scale_ = size.width;
    of_ = canvas_width;
    top_ = (canvas_height - static_cast<int>(std::int64_t{size.height} * of_ / scale_)) / 2;
  }
}

Point View::fine(Point at) const {
  return {divide(std::int64_t{at.x - left_} * scale_ * 16, of_),
          divide(std::int64_t{at.y - top_} * scale_ * 16, of_)};
}

Rect View::around(Point anchor, const Extent& extent) const {
  // Each side is rounded for itself, so that an object has one size wherever it stands.
  const int left = pixels(extent.left);
  const int top = pixels(extent.top);
  return {x(anchor.x) + left, y(anchor.y) + top, std::max(pixels(extent.right) - left, 1),
          std::max(pixels(extent.bottom) - top, 1)};
}

Rect within(const Rect& rect, FrameSize size) {
  const int left = std::max(rect.x, 0);
  const int top = std::max(rect.y, 0);
  return {left, top, std::max(std::min(rect.x + rect.w, size.width) - left, 0),
          std::max(std::min(rect.y + rect.h, size.height) - top, 0)};
}

namespace {

/// Pixels of the columns [left, right) of `rect` that are in none of `covers`, which all reach across them.
std::int64_t open_rows(const Rect& rect, int left, int right, std::vector<std::pair<int, int>>& spans) {
  std::ranges::sort(spans);
  int open = rect.h;
  int from = rect.y;
  for (const auto& [top, bottom] : spans) {
    const int begin = std::max(top, from);
    const int end = std::min(bottom, rect.y + rect.h);
    if (end <= begin) continue;
    open -= end - begin;
    from = end;
  }
  return std::int64_t{open} * (right - left);
}

}  // namespace

std::int64_t area_outside(const Rect& rect, const std::vector<Rect>& covers) {
  std::vector<int> columns{rect.x, rect.x + rect.w};
  for (const Rect& cover : covers)
    for (const int x : {cover.x, cover.x + cover.w})
      if (x > rect.x && x < rect.x + rect.w) columns.push_back(x);
  std::ranges::sort(columns);
  std::int64_t area = 0;
  std::vector<std::pair<int, int>> spans;
  for (std::size_t i = 0; i + 1 < columns.size(); ++i) {
    if (columns[i] == columns[i + 1]) continue;
    spans.clear();
    for (const Rect& cover : covers)
      if (cover.x <= columns[i] && cover.x + cover.w >= columns[i + 1])
        spans.emplace_back(cover.y, cover.y + cover.h);
    area += open_rows(rect, columns[i], columns[i + 1], spans);
  }
  return area;
}

}  // namespace camfleet::scene
