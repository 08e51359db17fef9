#include "simulator/scene/sprite.hpp"

#include <algorithm>
#include <cstring>

namespace camfleet::scene {
namespace {

std::size_t area(int width, int height) {
  return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
}

/// The colour and the mean alpha of the pixels under one of chroma.
std::pair<Colour, int> under(const Ink& ink, int x, int y) {
  int weight = 0;
  int alpha = 0;
  int u = 0;
  int v = 0;
  for (int dy = 0; dy < 2; ++dy) {
    for (int dx = 0; dx < 2; ++dx) {
      const int px = std::min(2 * x + dx, ink.width() - 1);
      const int py = std::min(2 * y + dy, ink.height() - 1);
      const int a = ink.alpha(px, py);
      const Colour colour = ink.colour(px, py);
      alpha += a;
      weight += a;
      u += a * colour.u;
      v += a * colour.v;
    }
  }
  Colour mean;
  if (weight > 0) {
    mean.u = static_cast<std::uint8_t>((u + weight / 2) / weight);
    mean.v = static_cast<std::uint8_t>((v + weight / 2) / weight);
  }
  return {mean, (alpha + 2) / 4};
}

/// One row laid over another; a loop that the compiler turns into vectors.
void lay_row(const std::uint8_t* value, const std::uint8_t* alpha, int count, std::uint8_t* __restrict into) {
  for (int i = 0; i < count; ++i) {
    const auto a = static_cast<std::uint16_t>(alpha[i] + (alpha[i] >> 7));
    into[i] = static_cast<std::uint8_t>(
        static_cast<std::uint16_t>(into[i] * static_cast<std::uint16_t>(256 - a) + value[i] * a) >> 8);
  }
}

void copy_rows(const std::vector<std::uint8_t>& from, int width, int height, std::uint8_t* into, int stride) {
  for (int row = 0; row < height; ++row)
    std::memcpy(into + std::ptrdiff_t{row} * stride, from.data() + area(width, row),
                static_cast<std::size_t>(width));
}

}  // namespace

Sprite::Sprite(const Ink& ink) {
  luma_.width = ink.width();
  luma_.height = ink.height();
  luma_.value.reserve(area(ink.width(), ink.height()));
  luma_.alpha.reserve(area(ink.width(), ink.height()));
  for (int y = 0; y < ink.height(); ++y) {
    for (int x = 0; x < ink.width(); ++x) {
      luma_.value.push_back(ink.colour(x, y).y);
      luma_.alpha.push_back(static_cast<std::uint8_t>(ink.alpha(x, y)));
    }
  }
  chroma_.width = (ink.width() + 1) / 2;
  chroma_.height = (ink.height() + 1) / 2;
  for (int y = 0; y < chroma_.height; ++y) {
    for (int x = 0; x < chroma_.width; ++x) {
      const auto [colour, alpha] = under(ink, x, y);
      chroma_.value.push_back(colour.u);
      v_.push_back(colour.v);
      chroma_.alpha.push_back(static_cast<std::uint8_t>(alpha));
    }
  }
}

void Sprite::lay(const Plane& plane, const std::vector<std::uint8_t>& value, int x, int y, FrameSize size,
                 std::uint8_t* into, int stride) {
  const Rect part = within({x, y, plane.width, plane.height}, size);
  if (part.w == 0) return;
  for (int row = part.y; row < part.y + part.h; ++row) {
    const std::size_t from = area(plane.width, row - y) + static_cast<std::size_t>(part.x - x);
    lay_row(value.data() + from, plane.alpha.data() + from, part.w,
            into + std::ptrdiff_t{row} * stride + part.x);
  }
}

void Sprite::lay(int x, int y, FrameSize size, const Planes& into) const {
  lay(luma_, luma_.value, x, y, size, into.y, into.y_stride);
  // Half a pixel of chroma is lost at odd places; nobody sees it.
  const FrameSize half{size.width / 2, size.height / 2};
  lay(chroma_, chroma_.value, x >> 1, y >> 1, half, into.u, into.chroma_stride);
  lay(chroma_, v_, x >> 1, y >> 1, half, into.v, into.chroma_stride);
}

Backdrop::Backdrop(const Ink& ink) : width_(ink.width()), height_(ink.height()) {
  for (int y = 0; y < height_; ++y)
    for (int x = 0; x < width_; ++x) y_.push_back(ink.colour(x, y).y);
  for (int y = 0; y < height_ / 2; ++y) {
    for (int x = 0; x < width_ / 2; ++x) {
      const Colour colour = under(ink, x, y).first;
      u_.push_back(colour.u);
      v_.push_back(colour.v);
    }
  }
}

void Backdrop::copy(const Planes& into) const {
  copy_rows(y_, width_, height_, into.y, into.y_stride);
  copy_rows(u_, width_ / 2, height_ / 2, into.u, into.chroma_stride);
  copy_rows(v_, width_ / 2, height_ / 2, into.v, into.chroma_stride);
}

}  // namespace camfleet::scene
