#include "runtime/media/playlist_bounds.hpp"

#include <algorithm>

namespace camfleet::media {
namespace {

constexpr std::size_t most_variants = 64;

/// A day of segments of two seconds has 43,200.
constexpr std::size_t most_segments = 50'000;

/// Of the URLs of all segments and their keys.
constexpr std::size_t most_url_bytes = 32U << 20U;

/// Calls `each(line)` with every line, as FFmpeg ends them.
template <class Each>
void for_each_line(std::string_view text, const Each& each) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(std::string_view("\r\n\0", 3)), text.size());
    each(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

std::optional<std::string> wrong_with_playlist(std::string_view playlist, PlaylistPlace place,
                                               std::size_t base_bytes) {
  if (playlist.size() > most_playlist_bytes)
    return "its playlist has more than " + std::to_string(most_playlist_bytes >> 20U) + " MiB";
  std::size_t variants = 0;
  std::size_t segments = 0;
  std::size_t key_bytes = 0;
  std::size_t url_bytes = 0;
  for_each_line(playlist, [&](std::string_view line) {
    const bool is_variant = line.starts_with("#EXT-X-STREAM-INF:") || line.starts_with("#EXT-X-MEDIA:");
    const bool is_part = line.starts_with("#EXT-X-MAP:");
    if (is_variant) ++variants;
    if (line.starts_with("#EXT-X-KEY:")) key_bytes = line.size() + base_bytes;
    if (line.empty() || (line.front() == '#' && !is_part)) return;
    ++segments;
    url_bytes += line.size() + base_bytes + key_bytes;
  });
  if (variants > 0 && place == PlaylistPlace::further)
    return "a playlist of its playlist names variants again";
  if (variants > most_variants)
    return "its playlist has more than " + std::to_string(most_variants) + " variants";
  if (segments > most_segments)
    return "its playlist has more than " + std::to_string(most_segments) + " segments";
  if (url_bytes > most_url_bytes)
    return "the URLs of its playlist have more than " + std::to_string(most_url_bytes >> 20U) + " MiB";
  return std::nullopt;
}

}  // namespace camfleet::media
