#include "runtime/media/showing.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

extern "C" {
#include <libavutil/display.h>
#include <libavutil/mathematics.h>
}

namespace camfleet::media {

namespace {

using Matrix = std::array<std::int32_t, 9>;

/// A display matrix takes column x and row y to x·m[0] + y·m[3] and x·m[1] + y·m[4].
Turn turn_of(const Matrix& m) {
  const auto size = [&](std::size_t i) { return std::abs(std::int64_t{m[i]}); };
  if (size(1) + size(3) > size(0) + size(4)) return {true, m[3] < 0, m[1] < 0};
  return {false, m[0] < 0, m[4] < 0};
}

/// EXIF 2.32, tag 0x0112: which sides of the shown picture row 0 and column 0 are.
Turn turn_of(int orientation) {
  constexpr std::array<Turn, 9> turns = {{{},
                                          {},
                                          {false, true, false},
                                          {false, true, true},
                                          {false, false, true},
                                          {true, false, false},
                                          {true, true, false},
                                          {true, true, true},
                                          {true, false, true}}};
  return orientation >= 1 && orientation <= 8 ? turns.at(static_cast<std::size_t>(orientation)) : Turn{};
}

/// The numbers of a TIFF file or an EXIF block, in the byte order that its first bytes say. Zero beyond its
/// end.
class Tiff {
 public:
  Tiff(const std::uint8_t* bytes, std::size_t size)
      : bytes_(bytes), size_(size), big_endian_(size > 0 && bytes[0] == 'M') {}

  [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t length) const {
    if (at > size_ || length > size_ - at) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < length; ++i)
      value = value << 8U | bytes_[big_endian_ ? at + i : at + length - 1 - i];
    return value;
  }

  /// Of its first directory.
  [[nodiscard]] int orientation() const {
    constexpr std::uint32_t tag = 0x0112;
    constexpr std::size_t entry_size = 12;
    const std::size_t directory = number(4, 4);
    const std::uint32_t entries = number(directory, 2);
    for (std::uint32_t i = 0; i < entries; ++i) {
      const std::size_t entry = directory + 2 + i * entry_size;
      if (entry >= size_) break;
      if (number(entry, 2) == tag) return static_cast<int>(number(entry + 8, 2));
    }
    return 0;
  }

 private:
  const std::uint8_t* bytes_;
  std::size_t size_;
  bool big_endian_;
};

/// Chunks are a big-endian length, a name, so many bytes and a sum.
int orientation_in_png(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::size_t frame = 12;
  std::size_t at = 8;
  while (at < size && size - at >= frame) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8U | bytes[at + i];
    if (length > size - at - frame) break;
    if (std::memcmp(bytes + at + 4, "eXIf", 4) == 0) return Tiff(bytes + at + 8, length).orientation();
    at += length + frame;
  }
  return 0;
}

}  // namespace

Turn turn_of(const AVFrame& picture) {
  const AVFrameSideData* side = av_frame_get_side_data(&picture, AV_FRAME_DATA_DISPLAYMATRIX);
  if (side != nullptr && side->size >= sizeof(Matrix)) {
    Matrix matrix{};
    std::memcpy(matrix.data(), side->data, sizeof matrix);
    return turn_of(matrix);
  }
  const AVDictionaryEntry* exif = av_dict_get(picture.metadata, "Orientation", nullptr, 0);
  return exif == nullptr ? Turn{} : turn_of(static_cast<int>(std::strtol(exif->value, nullptr, 10)));
}

Size squared(int width, int height, AVRational pixel) {
  const std::int64_t wide = pixel.num;
  const std::int64_t high = pixel.den;
  const bool is_one = wide > 0 && high > 0 && wide <= longest_pixel * high && high <= longest_pixel * wide;
  if (!is_one || wide == high) return {width, height};
  constexpr std::int64_t most = INT32_MAX;
  return {static_cast<int>(std::clamp<std::int64_t>(av_rescale(width, wide, high), 1, most)), height};
}

Size shown_size(const AVFrame& picture) {
  const Size size = squared(picture.width, picture.height, picture.sample_aspect_ratio);
  return turn_of(picture).transposed ? Size{size.height, size.width} : size;
}

StreamShowing::StreamShowing(const AVStream& stream) {
  if (stream.sample_aspect_ratio.num > 0 && stream.sample_aspect_ratio.den > 0)
    pixel_ = stream.sample_aspect_ratio;
  std::size_t size = 0;
  const std::uint8_t* side = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  if (side == nullptr || size < sizeof(Matrix)) return;
  of_container_.emplace();
  std::memcpy(of_container_->data(), side, sizeof(Matrix));
}

bool StreamShowing::tell(AVFrame& picture) {
  if (pixel_.num > 0) picture.sample_aspect_ratio = pixel_;
  const AVFrameSideData* own = av_frame_get_side_data(&picture, AV_FRAME_DATA_DISPLAYMATRIX);
  if (own != nullptr && own->size >= sizeof(Matrix)) {
    of_pictures_.emplace();
    std::memcpy(of_pictures_->data(), own->data, sizeof(Matrix));
    return true;
  }
  // H.264 and H.265 say it with the first picture of a sequence.
  if (picture.key_frame != 0) of_pictures_.reset();
  const std::optional<Matrix>& matrix = of_pictures_ ? of_pictures_ : of_container_;
  if (!matrix || turn_of(*matrix) == Turn{}) return true;
  AVFrameSideData* side = av_frame_new_side_data(&picture, AV_FRAME_DATA_DISPLAYMATRIX, sizeof(Matrix));
  if (side == nullptr) return false;
  std::memcpy(side->data, matrix->data(), sizeof(Matrix));
  return true;
}

int orientation_in(AVCodecID format, const std::uint8_t* bytes, std::size_t size) {
  if (format == AV_CODEC_ID_PNG) return orientation_in_png(bytes, size);
  return format == AV_CODEC_ID_TIFF ? Tiff(bytes, size).orientation() : 0;
}

}  // namespace camfleet::media
