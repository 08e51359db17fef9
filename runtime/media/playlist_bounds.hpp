#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace camfleet::media {

/// A day of segments of two seconds has 5 MiB.
inline constexpr std::size_t most_playlist_bytes = 8U << 20U;

/// Why a playlist of HLS is not read, as it has come so far; none: it is within its bounds. FFmpeg takes 15
/// bytes for one of a playlist's, and 10 KiB for each of its variants.
std::optional<std::string> wrong_with_playlist(std::string_view playlist);

}  // namespace camfleet::media
