#include "simulator/scene/contact_sheet.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <string>

#include "runtime/media/jpeg.hpp"
#include "simulator/scene/ink.hpp"
#include "simulator/scene/renderer.hpp"

namespace camfleet::scene {
namespace {

constexpr int columns = 4;
constexpr int rows = 3;
constexpr int quality = 74;
constexpr int gap = 4;  // pixels between pictures

/// A sheet of packed BGR, and one picture's planes.
struct Sheet {
  int width;
  int height;
  std::vector<std::uint8_t> bgr;

  explicit Sheet(FrameSize size)
      : width(columns * (size.width + gap) - gap),
        height(rows * (size.height + gap) - gap),
        bgr(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3, 255) {}

  void put(int x, int y, Colour colour) {
    const int luma = 298 * (colour.y - 16);
    const int u = colour.u - 128;
    const int v = colour.v - 128;
    std::uint8_t* pixel =
        &bgr[(static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) *
             3];
    pixel[0] = clamped_byte((luma + 516 * u + 128) >> 8);
    pixel[1] = clamped_byte((luma - 100 * u - 208 * v + 128) >> 8);
    pixel[2] = clamped_byte((luma + 409 * v + 128) >> 8);
  }
};

Colour colour_of(const Seen& seen) {
  static const std::array<Colour, class_names.size()> bright{rgb(60, 255, 80), rgb(255, 230, 40),
                                                             rgb(80, 220, 255), rgb(255, 110, 220)};
  Colour colour = bright[static_cast<std::size_t>(seen.kind)];
  if (seen.per_mille < in_view) colour.y = static_cast<std::uint8_t>(colour.y / 2);
  return colour;
}

void draw_box(Ink& ink, const Seen& seen) {
  const Paint paint{colour_of(seen)};
  const Rect& box = seen.box;
  const Extent e{box.x * 16, box.y * 16, (box.x + box.w) * 16, (box.y + box.h) * 16};
  ink.box({e.left, e.top, e.right, e.top + 16}, paint);
  ink.box({e.left, e.bottom - 16, e.right, e.bottom}, paint);
  ink.box({e.left, e.top, e.left + 16, e.bottom}, paint);
  ink.box({e.right - 16, e.top, e.right, e.bottom}, paint);
  ink.text({e.left + 16, std::max(e.top - 8 * 16, 0)}, 16, std::to_string(seen.id), paint);
}

/// One picture with its truth, put on the sheet at (x, y).
void add_picture(Renderer& renderer, const std::vector<Seen>& seen, Duration at, FrameSize size, int x, int y,
                 Sheet& sheet) {
  const auto count = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
  std::vector<std::uint8_t> luma(count);
  std::vector<std::uint8_t> u(count / 4);
  std::vector<std::uint8_t> v(count / 4);
  renderer.render(at, {luma.data(), u.data(), v.data(), size.width, size.width / 2});
  Ink boxes(size.width, size.height);
  for (const Seen& each : seen) draw_box(boxes, each);
  for (int row = 0; row < size.height; ++row) {
    for (int column = 0; column < size.width; ++column) {
      const auto chroma = static_cast<std::size_t>(row / 2) * static_cast<std::size_t>(size.width / 2) +
                          static_cast<std::size_t>(column / 2);
      const Colour below{luma[static_cast<std::size_t>(row) * static_cast<std::size_t>(size.width) +
                              static_cast<std::size_t>(column)],
                         u[chroma], v[chroma]};
      sheet.put(x + column, y + row, boxes.alpha(column, row) > 0 ? boxes.colour(column, row) : below);
    }
  }
}

}  // namespace

result<void> write_contact_sheet(Scene scene, std::uint32_t variant, FrameSize size,
                                 const std::filesystem::path& path) {
  CAMFLEET_TRY(const auto renderer, Renderer::make(scene, variant, size));
  Sheet sheet(size);
  for (int i = 0; i < columns * rows; ++i) {
    const Duration at = loop_length / (columns * rows) * i + seconds(2);
    add_picture(*renderer, truth(scene, variant, at, size), at, size, i % columns * (size.width + gap),
                i / columns * (size.height + gap), sheet);
  }
  CAMFLEET_TRY(const auto jpeg,
               media::encode_jpeg(sheet.bgr.data(), sheet.width, sheet.height, sheet.width * 3, quality));
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(jpeg.data()), static_cast<std::streamsize>(jpeg.size()));
  if (!file.flush())
    return fail(Errc::io, path.string(), "cannot be written; name a file in a folder that may be");
  return success();
}

}  // namespace camfleet::scene
