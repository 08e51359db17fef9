#include "runtime/media/playlist_bounds.hpp"

#include <algorithm>

namespace camfleet::media {
namespace {

constexpr std::size_t most_variants = 64;

std::size_t variants_in(std::string_view playlist) {
  std::size_t count = 0;
  // All that FFmpeg keeps a record of for each line.
  for (const std::string_view tag : {"#EXT-X-STREAM-INF:", "#EXT-X-MEDIA:", "#EXT-X-MAP:"}) {
    for (std::size_t at = playlist.find(tag); at != std::string_view::npos; at = playlist.find(tag, at + 1))
      ++count;
  }
  return count;
}

}  // namespace

std::optional<std::string> wrong_with_playlist(std::string_view playlist) {
  if (playlist.size() > most_playlist_bytes)
    return "its playlist has more than " + std::to_string(most_playlist_bytes >> 20U) + " MiB";
  if (variants_in(playlist) > most_variants)
    return "its playlist has more than " + std::to_string(most_variants) + " variants";
  return std::nullopt;
}

}  // namespace camfleet::media
