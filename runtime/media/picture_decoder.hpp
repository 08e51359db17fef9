#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/media/ffmpeg.hpp"
#include "runtime/media/source.hpp"

namespace camfleet::media {

/// A picture file with more bytes is refused before it is read.
inline constexpr std::int64_t max_picture_bytes = 256LL << 20;

/// Decodes single pictures from files, turned as their EXIF says; what a file is, its first bytes say, not
/// its name.
class PictureDecoder {
 public:
  explicit PictureDecoder(std::int64_t max_pixels) : max_pixels_(max_pixels) {}

  /// Decodes the file into `into`; gives the codec's name. Damage of any kind is an error here, unlike in a
  /// video. Errors, with the path's last part as their place: not_found, forbidden, unreadable (also what is
  /// not a regular file), unsupported, too_large, corrupt.
  result<std::string> decode(const std::string& path, Frame& into);

  /// The same of a picture in memory; errors with `name` as their place.
  result<std::string> decode(std::span<const std::uint8_t> picture, const std::string& name, Frame& into);

 private:
  result<std::string> decode_loaded(const std::string& name, Frame& into);
  result<void> load(const std::string& path, const std::string& name);

  std::int64_t max_pixels_;
  std::vector<std::uint8_t> bytes_;  ///< the file and FFmpeg's padding
  std::size_t size_ = 0;             ///< of the file
};

}  // namespace camfleet::media
