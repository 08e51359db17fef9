#include "tests/runtime/media/damage.hpp"

#include <random>

#include <gtest/gtest.h>

#include "tests/runtime/media/clips.hpp"

namespace camfleet::media::test {

namespace {

/// Reads in all ways; whatever comes is fine, so long as it ends.
void read_through(const std::string& path) {
  auto source = open_file(path);
  if (!source.has_value()) {
    EXPECT_FALSE(source.error().what.empty());
    return;
  }
  Frame frame;
  for (int target = 0; target < 8; ++target) source.value()->read(seconds(target), frame);
  source.value()->read(seconds(1), frame);
  int frames = 0;
  ReadStatus status = ReadStatus::frame;
  while (status == ReadStatus::frame || status == ReadStatus::lost) {
    status = source.value()->next(frame);
    ASSERT_LT(++frames, 1000) << "it does not end";
  }
  EXPECT_FALSE(source.value()->error().what.empty());
}

std::string damaged(std::string bytes, std::uint64_t seed) {
  std::mt19937_64 draw(seed);
  const std::size_t place = draw() % bytes.size();
  const std::size_t span = 1 + draw() % 2000;
  switch (seed % 4) {
    case 0:
      return bytes.substr(0, place);
    case 1:
      return bytes.erase(place, span);
    case 2:
      return bytes.replace(place, std::min(span, bytes.size() - place), std::min(span, bytes.size() - place),
                           '\0');
    default:
      break;
  }
  for (std::uint64_t flips = 1 + draw() % 40; flips > 0; --flips) {
    char& byte = bytes[draw() % bytes.size()];
    byte = static_cast<char>(byte ^ (1 << (draw() % 8)));
  }
  return bytes;
}

}  // namespace

void expect_damage_survived(std::uint64_t seeds) {
  const TempFolder folder;
  const Recipe recipes[] = {
      {"a.mp4", "-c:v libx264 -preset ultrafast -bf 2 -g 30 -movflags faststart"},
      {"a.h264", "-c:v libx264 -preset ultrafast -g 30"},
      {"a.ts", "-c:v libx264 -preset ultrafast -bf 2 -g 30"},
      {"a.mkv", "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=30:pools=none"},
      {"a.webm", "-c:v libvpx -deadline realtime -cpu-used 8 -g 30"},
      {"a.avi", "-c:v msmpeg4 -g 30"},
      {"a.flv", "-c:v libx264 -preset ultrafast -g 30"},
  };
  for (const Recipe& recipe : recipes) {
    const std::string path = folder.path(recipe.name);
    if (!make_clip(path, recipe.arguments, 6)) continue;
    const std::string bytes = read_bytes(path);
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      SCOPED_TRACE(std::string(recipe.name) + " seed " + std::to_string(seed));
      write_bytes(path, damaged(bytes, seed));
      ASSERT_NO_FATAL_FAILURE(read_through(path));
    }
  }
}

}  // namespace camfleet::media::test
