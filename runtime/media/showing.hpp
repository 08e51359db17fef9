#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "runtime/media/ffmpeg.hpp"

namespace camfleet::media {

/// A pixel more than this many times as wide as high, or as high as wide, is in no format: who says so is not
/// believed, and the pixels count as square.
inline constexpr int longest_pixel = 8;

/// What is done to a decoded picture to show it: transposed first, then mirrored.
struct Turn {
  bool transposed = false;   ///< rows become columns
  bool mirrored = false;     ///< left becomes right
  bool upside_down = false;  ///< top becomes bottom
  friend bool operator==(const Turn&, const Turn&) = default;
};

struct Size {
  int width = 0;
  int height = 0;
  [[nodiscard]] std::int64_t pixels() const { return std::int64_t{width} * height; }
  friend bool operator==(const Size&, const Size&) = default;
};

/// By the picture's display matrix, else by its EXIF orientation (metadata "Orientation", 1 to 8), else none.
/// Angles between count as the nearest quarter turn.
Turn turn_of(const AVFrame& picture);

/// A picture of so many pixels of this shape in square ones: as high, and as wide as it is shown.
Size squared(int width, int height, AVRational pixel);

/// The picture as a player shows it: pixels squared, then turned.
Size shown_size(const AVFrame& picture);

/// How the pictures of one stream are shown, where they do not all say it themselves. The container's word on
/// the shape of pixels counts before the picture's own, that on the turn after it. What a picture says of its
/// turn holds up to the next key frame.
class StreamShowing {
 public:
  StreamShowing() = default;
  explicit StreamShowing(const AVStream& stream);

  /// Has the next decoded picture say all of itself. False: no memory.
  bool tell(AVFrame& picture);

  /// As the container has it; 0/1: it does not say.
  [[nodiscard]] AVRational pixel() const { return pixel_; }

 private:
  using Matrix = std::array<std::int32_t, 9>;
  std::optional<Matrix> of_container_;
  std::optional<Matrix> of_pictures_;  ///< since the last key frame
  AVRational pixel_{0, 1};
};

/// The EXIF orientation, 1 to 8, that a picture file of a format whose decoder does not tell it (PNG, TIFF)
/// has; 0: none.
int orientation_in(AVCodecID format, const std::uint8_t* bytes, std::size_t size);

}  // namespace camfleet::media
