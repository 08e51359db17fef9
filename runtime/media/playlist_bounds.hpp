#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace camfleet::media {

inline constexpr std::size_t most_playlist_bytes = 8U << 20U;

/// Where a playlist of HLS stands among those of a source.
enum class PlaylistPlace {
  first,   ///< it may name variants
  further  ///< one of a variant, or one that is read again: FFmpeg 5.1 does not survive variants in it
};

/// Why a playlist is not read; none: it is within its bounds. FFmpeg keeps the whole URL of each segment, and
/// that of its key: `base_bytes` of the playlist's own, which they begin with.
std::optional<std::string> wrong_with_playlist(std::string_view playlist, PlaylistPlace place,
                                               std::size_t base_bytes);

}  // namespace camfleet::media
