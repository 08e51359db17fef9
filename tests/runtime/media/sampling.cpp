#include "tests/runtime/media/sampling.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <optional>
#include <random>

namespace camfleet::media::test {

namespace {

/// What the rule asks of `target`, by looking through all frames; nothing: the media has ended.
std::optional<Shot> wanted(const std::vector<Shot>& frames, Duration target, Duration interval) {
  const auto found = std::find_if(frames.begin(), frames.end(),
                                  [&](const Shot& shot) { return shot.time >= target - interval / 2; });
  return found == frames.end() ? std::nullopt : std::optional(*found);
}

/// Reads `targets` in their order and compares each with the full decode.
void expect_samples(const std::string& path, const std::vector<Shot>& frames,
                    const std::vector<Duration>& targets) {
  OpenOptions options;
  options.limits.max_gap = hours(1);
  auto source = open_file(path, "", options);
  ASSERT_TRUE(source.has_value()) << source.error().line();
  Frame frame;
  for (const Duration target : targets) {
    const auto expected = wanted(frames, target, source.value()->info().frame_interval);
    const ReadStatus status = source.value()->read(target, frame);
    ASSERT_EQ(status, expected ? ReadStatus::frame : ReadStatus::ended) << target.count();
    if (!expected) continue;
    ASSERT_EQ(frame.media_time.count(), expected->time.count()) << target.count();
    ASSERT_EQ(fingerprint(frame), expected->pixels) << target.count();
  }
}

}  // namespace

void expect_exact_sampling(const std::string& path, int random_targets) {
  auto source = open_file(path);
  ASSERT_TRUE(source.has_value()) << source.error().line();
  const std::vector<Shot> frames = all_frames(*source.value());
  ASSERT_GT(frames.size(), 20U);
  EXPECT_TRUE(std::is_sorted(frames.begin(), frames.end(), [](auto& a, auto& b) { return a.time < b.time; }));
  const Duration end = frames.back().time;
  for (const Duration spf : {milliseconds(40), milliseconds(210), milliseconds(1000), milliseconds(2500),
                             milliseconds(5000), milliseconds(9000)}) {
    if (end / spf > 2000) continue;
    std::vector<Duration> targets;
    for (Duration target{0}; target <= end + 2 * spf; target += spf) targets.push_back(target);
    SCOPED_TRACE("spf " + std::to_string(spf.count()));
    ASSERT_NO_FATAL_FAILURE(expect_samples(path, frames, targets));
  }
  std::mt19937_64 draw(7);
  std::vector<Duration> targets;
  for (int i = 0; i < random_targets; ++i) {
    targets.emplace_back(
        static_cast<std::int64_t>(draw() % static_cast<std::uint64_t>((end + seconds(1)).count())));
  }
  SCOPED_TRACE("random targets, then the same in order");
  ASSERT_NO_FATAL_FAILURE(expect_samples(path, frames, targets));
  std::sort(targets.begin(), targets.end());
  ASSERT_NO_FATAL_FAILURE(expect_samples(path, frames, targets));
}

void expect_every_frame(const TempFolder& folder, const std::string& path, double frames_per_second) {
  const std::string raw = folder.path("frames.bgr");
  ASSERT_TRUE(ffmpeg("-i '" + path +
                     "' -map 0:v -vsync passthrough -sws_flags bilinear+accurate_rnd+bitexact " +
                     "-pix_fmt bgr24 -f rawvideo '" + raw + "'"));
  const std::string expected = read_bytes(raw);
  auto source = open_file(path);
  ASSERT_TRUE(source.has_value()) << source.error().line();
  Frame frame;
  std::size_t at = 0;
  for (int number = 0; source.value()->next(frame) == ReadStatus::frame; ++number) {
    const auto bytes = static_cast<std::size_t>(frame.stride) * static_cast<std::size_t>(frame.height);
    ASSERT_LE(at + bytes, expected.size());
    ASSERT_EQ(std::memcmp(frame.bgr.data(), expected.data() + at, bytes), 0) << "frame " << number;
    at += bytes;
    if (frames_per_second <= 0) continue;
    const double at_seconds = static_cast<double>(frame.media_time.count()) / 1e9;
    ASSERT_NEAR(at_seconds, number / frames_per_second, 0.0011) << "frame " << number;
  }
  EXPECT_EQ(source.value()->error().code, Errc::ended);
  EXPECT_EQ(at, expected.size());
}

std::string test_name(const testing::TestParamInfo<Recipe>& info) {
  std::string name = info.param.name;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

}  // namespace camfleet::media::test
