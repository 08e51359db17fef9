#include <algorithm>

#include "simulator/scene/photographs.hpp"

namespace camfleet::scene {
namespace {

std::size_t index(int width, int x, int y) {
  return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
}

/// Weighted sums of what is under one place of a cutout.
struct Blend {
  std::int64_t y = 0, u = 0, v = 0, alpha = 0, weight = 0;

  void add(const Cutout& from, int x, int y_at, std::int64_t part) {
    const std::size_t i =
        index(from.width, std::clamp(x, 0, from.width - 1), std::clamp(y_at, 0, from.height - 1));
    const Colour colour = from.colours[i];
    const std::int64_t seen = part * from.alpha[i];
    y += seen * colour.y;
    u += seen * colour.u;
    v += seen * colour.v;
    alpha += seen;
    weight += part;
  }
  /// Bilinear, at a place in 256ths of a pixel.
  void add_at(const Cutout& from, int fine_x, int fine_y) {
    const int x = (fine_x - 128) >> 8;
    const int y_at = (fine_y - 128) >> 8;
    const int right = (fine_x - 128) & 255;
    const int low = (fine_y - 128) & 255;
    add(from, x, y_at, std::int64_t{256 - right} * (256 - low));
    add(from, x + 1, y_at, std::int64_t{right} * (256 - low));
    add(from, x, y_at + 1, std::int64_t{256 - right} * low);
    add(from, x + 1, y_at + 1, std::int64_t{right} * low);
  }
};

}  // namespace

void Cutout::mirror() {
  for (int y = 0; y < height; ++y) {
    const auto from = static_cast<std::ptrdiff_t>(index(width, 0, y));
    std::reverse(colours.begin() + from, colours.begin() + from + width);
    std::reverse(alpha.begin() + from, alpha.begin() + from + width);
  }
}

void Cutout::draw(Ink& ink) const {
  // So many samples each way that none of the cutout's pixels is passed over.
  const int samples =
      std::max({1, (width + ink.width() - 1) / ink.width(), (height + ink.height() - 1) / ink.height()});
  for (int y = 0; y < ink.height(); ++y) {
    for (int x = 0; x < ink.width(); ++x) {
      Blend blend;
      for (int i = 0; i < samples; ++i)
        for (int k = 0; k < samples; ++k)
          blend.add_at(*this, ((2 * (x * samples + k) + 1) * 128 * width) / (ink.width() * samples),
                       ((2 * (y * samples + i) + 1) * 128 * height) / (ink.height() * samples));
      if (blend.alpha == 0) continue;
      const auto mean = [&](std::int64_t sum) { return static_cast<std::uint8_t>(sum / blend.alpha); };
      ink.put(x, y, {mean(blend.y), mean(blend.u), mean(blend.v)},
              static_cast<int>(blend.alpha / blend.weight));
    }
  }
}

}  // namespace camfleet::scene
