#include "simulator/scene/clock.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "simulator/scene/ink.hpp"

namespace camfleet::scene {
namespace {

constexpr std::size_t clock_letters = 19;  // of the longest name
constexpr std::string_view drawn_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:.- ";
constexpr Colour ground{24, 128, 128};
constexpr Colour ink_colour{224, 128, 128};

std::string digits_of(std::int64_t value, std::size_t count) {
  std::string text = std::to_string(value);
  return std::string(count - std::min(count, text.size()), '0') + text;
}

/// Pixels of a letter with the space behind it, and around a text.
int width_of(int cell) {
  return (6 * cell + 15) / 16;
}
int height_of(int cell) {
  return (7 * cell + 15) / 16;
}
int rim_of(int cell) {
  return cell / 8;
}

}  // namespace

std::string clock_text(Scene scene, std::uint32_t variant, Duration at) {
  std::string text(to_text(scene));
  for (char& c : text) c = static_cast<char>(c - 'a' + 'A');
  const std::int64_t ms = at / milliseconds(1);
  return text + " " + std::to_string(variant % variant_count) + "  " + digits_of(ms / 60'000, 2) + ":" +
         digits_of(ms / 1000 % 60, 2) + "." + digits_of(ms % 1000, 3);
}

int clock_cell(FrameSize size) {
  return std::max(size.height / 15, 16);
}

void fill_plane(std::uint8_t* plane, int stride, const Rect& where, std::uint8_t value) {
  for (int row = where.y; row < where.y + where.h; ++row)
    std::memset(plane + std::ptrdiff_t{row} * stride + where.x, value, static_cast<std::size_t>(where.w));
}

Rect clock_box(FrameSize size) {
  const int cell = clock_cell(size);
  const int corner = cell * 6 / 16 / 2 * 2;
  return Caption::box(corner, corner, clock_letters, cell);
}

Caption::Caption(int cell) : cell_(cell) {
  const int width = width_of(cell);
  const int height = height_of(cell);
  for (const char c : drawn_letters) {
    Ink ink(width, height);
    ink.box({0, 0, width * 16, height * 16}, {ground});
    ink.text({0, 0}, cell, std::string_view(&c, 1), {ink_colour});
    std::vector<std::uint8_t>& glyph = glyphs_[static_cast<unsigned char>(c)];
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) glyph.push_back(ink.colour(x, y).y);
  }
}

Rect Caption::box(int x, int y, std::size_t count, int cell) {
  const auto even = [](int value) { return (value + 1) / 2 * 2; };
  return {x, y, even(static_cast<int>(count) * width_of(cell) + 2 * rim_of(cell)),
          even(height_of(cell) + 2 * rim_of(cell))};
}

void Caption::write(std::string_view text, const Rect& where, FrameSize size, const Planes& into) const {
  const Rect part = within(where, size);
  fill_plane(into.y, into.y_stride, part, ground.y);
  const Rect half{part.x / 2, part.y / 2, part.w / 2, part.h / 2};
  fill_plane(into.u, into.chroma_stride, half, 128);
  fill_plane(into.v, into.chroma_stride, half, 128);
  const int width = width_of(cell_);
  const int height = height_of(cell_);
  int x = where.x + rim_of(cell_);
  const int y = where.y + rim_of(cell_);
  for (const char c : text) {
    const std::vector<std::uint8_t>& glyph = glyphs_[static_cast<unsigned char>(c) % glyphs_.size()];
    if (!glyph.empty() && x >= 0 && x + width <= part.x + part.w && y + height <= part.y + part.h)
      for (int row = 0; row < height; ++row)
        std::memcpy(into.y + std::ptrdiff_t{y + row} * into.y_stride + x,
                    glyph.data() + std::ptrdiff_t{row} * width, static_cast<std::size_t>(width));
    x += width;
  }
}

}  // namespace camfleet::scene
