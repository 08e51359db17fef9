#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/runtime/media/clips.hpp"

namespace camfleet::media::test {

namespace {

using testing::AnyOf;
using testing::HasSubstr;

Error refusal(const std::string& path, const OpenOptions& options = {}) {
  auto source = open_file(path, "", options);
  EXPECT_FALSE(source.has_value()) << path;
  if (source.has_value()) return {Errc::broken_invariant, "", ""};
  EXPECT_EQ(source.error().where, file_url(path));
  return source.error();
}

void expect_refusal(const std::string& path, Errc code, const std::string& words) {
  const Error error = refusal(path);
  EXPECT_EQ(error.code, code) << error.line();
  EXPECT_THAT(error.line(), HasSubstr(words));
}

TEST(BadInput, IsRefusedWithItsReason) {
  const TempFolder folder;
  write_bytes(folder.path("empty.mp4"), "");
  write_bytes(folder.path("text.mp4"), "These are words and no film.\n");
  write_bytes(folder.path("list.m3u8"),
              "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n/etc/hostname\n#EXT-X-ENDLIST\n");
  write_bytes(folder.path("concat.mp4"), "ffconcat version 1.0\nfile /etc/hostname\n");
  write_bytes(folder.path("subtitles.mkv"),
              "1\n00:00:01,000 --> 00:00:02,000\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\nx\n");
  ASSERT_EQ(::mkfifo(folder.path("pipe.mp4").c_str(), 0600), 0);
  std::filesystem::create_directory(folder.path("folder.mp4"));
  expect_refusal(folder.path("absent.mp4"), Errc::not_found, "no such file");
  expect_refusal(folder.path("text.mp4/x.mp4"), Errc::not_found, "no such file");
  expect_refusal(folder.path("empty.mp4"), Errc::corrupt, "is an empty file");
  expect_refusal(folder.path("text.mp4"), Errc::corrupt, "is not media that can be read");
  expect_refusal(folder.path("list.m3u8"), Errc::corrupt, "is not media that can be read");
  expect_refusal(folder.path("concat.mp4"), Errc::corrupt, "is not media that can be read");
  expect_refusal(folder.path("subtitles.mkv"), Errc::corrupt, "is not media that can be read");
  expect_refusal(folder.path("pipe.mp4"), Errc::unreadable, "is a FIFO; a regular file would be right");
  expect_refusal(folder.path("folder.mp4"), Errc::unreadable, "is a folder");
  expect_refusal("/dev/zero", Errc::unreadable, "is a device");
}

TEST(BadInput, IsRefusedWhenItHoldsNoVideo) {
  const TempFolder folder;
  ASSERT_TRUE(ffmpeg("-f lavfi -i sine=duration=1 -c:a aac '" + folder.path("sound.mp4") + "'"));
  ASSERT_TRUE(ffmpeg("-f lavfi -i testsrc2=size=64x64 -frames:v 1 '" + folder.path("picture.png") + "'"));
  ASSERT_TRUE(ffmpeg("-f lavfi -i testsrc2=size=64x64 -frames:v 1 '" + folder.path("picture.jpg") + "'"));
  for (const char* name : {"picture.png", "picture.jpg"}) {
    const std::string renamed = folder.path(std::string(name) + ".mp4");
    std::filesystem::copy(folder.path(name), renamed);
    expect_refusal(renamed, Errc::corrupt, "");
  }
  expect_refusal(folder.path("sound.mp4"), Errc::corrupt, "holds no video stream");
}

TEST(BadInput, UrlsAreRefused) {
  for (const auto& [url, code] : {std::pair{"nothing", Errc::invalid_field},
                                  {"gopher://x", Errc::unsupported},
                                  {"file://clip.mp4", Errc::invalid_field},
                                  {"pictures://folder", Errc::invalid_field},
                                  {"file:///tmp/%zz", Errc::invalid_field}}) {
    const auto source = open(url);
    ASSERT_FALSE(source.has_value()) << url;
    EXPECT_EQ(source.error().code, code) << source.error().line();
  }
  EXPECT_THAT(open("gopher://u:pw@x").error().line(),
              HasSubstr("gopher://u:***@x: scheme 'gopher' is not known"));
}

TEST(BadInput, PicturesBeyondTheLimitAreRefused) {
  const TempFolder folder;
  OpenOptions small;
  small.limits.max_pixels = 160 * 120 - 1;
  OpenOptions enough;
  enough.limits.max_pixels = 160 * 120;
  for (const auto& [name, arguments] : {std::pair{"a.mp4", "-c:v libx264"},
                                        {"a.h264", "-c:v libx264"},
                                        {"a.ts", "-c:v mpeg2video"},
                                        {"a.webm", "-c:v libvpx -deadline realtime"},
                                        {"a.avi", "-c:v mpeg4"}}) {
    const std::string path = folder.path(name);
    if (!make_clip(path, arguments, 1)) continue;
    EXPECT_THAT(refusal(path, small).code, AnyOf(Errc::too_large)) << name << refusal(path, small).line();
    const auto fits = open_file(path, "", enough);
    EXPECT_TRUE(fits.has_value()) << fits.error().line();
  }
}

TEST(BadInput, DeadlinesEndTheWork) {
  const TempFolder folder;
  const std::string path = folder.path("a.mkv");
  ASSERT_TRUE(make_clip(path, "-c:v libx264 -preset ultrafast", 1));
  OpenOptions options;
  options.limits.open_deadline = Duration{0};
  EXPECT_EQ(refusal(path, options).code, Errc::timed_out);
  options.limits.open_deadline = seconds(10);
  options.limits.read_deadline = Duration{0};
  auto source = open_file(path, "", options);
  ASSERT_TRUE(source.has_value());
  Frame frame;
  EXPECT_EQ(source.value()->read(Duration{0}, frame), ReadStatus::frame)
      << "the first frame is there already";
  EXPECT_EQ(source.value()->read(milliseconds(500), frame), ReadStatus::lost);
  EXPECT_EQ(source.value()->error().code, Errc::timed_out);
}

TEST(BadInput, AGapLosesItsSamplesOnly) {
  const TempFolder folder;
  const std::string path = folder.path("gap.mkv");
  ASSERT_TRUE(
      make_clip(path, "-vf \"select='not(between(t,1,7))'\" -vsync vfr -c:v libx264 -preset ultrafast", 9));
  OpenOptions options;
  options.limits.max_gap = seconds(2);
  auto source = open_file(path, "", options);
  ASSERT_TRUE(source.has_value());
  Frame frame;
  const auto at = [&](int target_ms) {
    const ReadStatus status = source.value()->read(milliseconds(target_ms), frame);
    if (status == ReadStatus::frame) return static_cast<int>(frame.media_time.count() / 1'000'000);
    EXPECT_EQ(status, ReadStatus::lost);
    EXPECT_EQ(source.value()->error().code, Errc::corrupt);
    EXPECT_THAT(source.value()->error().line(), HasSubstr("a gap"));
    return -1;
  };
  for (const auto& [target, expected] : {std::pair{960, 960},
                                         {1500, -1},
                                         {4000, -1},
                                         {5100, 7040},
                                         {6000, 7040},
                                         {7000, 7040},
                                         {7100, 7120},
                                         {2000, -1},
                                         {500, 520}}) {
    EXPECT_NEAR(at(target), expected, expected < 0 ? 0 : 40) << target;
  }
}

TEST(BadInput, AFileThatIsCutOffEndsThere) {
  const TempFolder folder;
  for (const auto& [name, arguments] :
       {std::pair{"a.mp4", "-c:v libx264 -preset ultrafast -g 25 -movflags faststart"},
        {"b.mp4", "-c:v libx264 -preset ultrafast -g 1000 -movflags faststart"},
        {"a.mkv", "-c:v libx264 -preset ultrafast -g 25"},
        {"a.avi", "-c:v mpeg4 -g 25"},
        {"a.flv", "-c:v libx264 -preset ultrafast -g 25"},
        {"a.ts", "-c:v libx264 -preset ultrafast -g 25"}}) {
    SCOPED_TRACE(name);
    const std::string path = folder.path(name);
    ASSERT_TRUE(make_clip(path, arguments, 10));
    const std::string bytes = read_bytes(path);
    write_bytes(path, bytes.substr(0, bytes.size() / 2));
    auto source = open_file(path);
    ASSERT_TRUE(source.has_value()) << source.error().line();
    Frame frame;
    for (int target = 0; target <= 3; ++target) {
      EXPECT_EQ(source.value()->read(seconds(target), frame), ReadStatus::frame) << target;
    }
    for (int target = 7; target <= 9; ++target) {
      EXPECT_EQ(source.value()->read(seconds(target), frame), ReadStatus::ended)
          << source.value()->error().line();
    }
    EXPECT_EQ(source.value()->read(seconds(2), frame), ReadStatus::frame);
    EXPECT_EQ(frame.media_time, seconds(2));
  }
}

TEST(BadInput, PicturesMayChangeTheirSizeOnTheWay) {
  const TempFolder folder;
  ASSERT_TRUE(make_clip(folder.path("a.h264"), "-c:v libx264 -preset ultrafast -g 25", 2));
  ASSERT_TRUE(make_clip(folder.path("b.h264"), "-vf scale=320:240 -c:v libx264 -preset ultrafast -g 25", 2));
  write_bytes(folder.path("ab.h264"), read_bytes(folder.path("a.h264")) + read_bytes(folder.path("b.h264")));
  auto source = open_file(folder.path("ab.h264"));
  ASSERT_TRUE(source.has_value()) << source.error().line();
  Frame frame;
  ASSERT_EQ(source.value()->read(seconds(1), frame), ReadStatus::frame);
  EXPECT_EQ(frame.width, 160);
  ASSERT_EQ(source.value()->read(seconds(3), frame), ReadStatus::frame);
  EXPECT_EQ(frame.width, 320);
  EXPECT_EQ(frame.height, 240);
  ASSERT_EQ(source.value()->read(seconds(1), frame), ReadStatus::frame);
  EXPECT_EQ(frame.width, 160);
}

TEST(BadInput, StampsThatBeginAnewAreFollowedOn) {
  const TempFolder folder;
  ASSERT_TRUE(make_clip(folder.path("a.ts"), "-c:v libx264 -preset ultrafast -g 25", 4));
  write_bytes(folder.path("aa.ts"), read_bytes(folder.path("a.ts")) + read_bytes(folder.path("a.ts")));
  auto source = open_file(folder.path("aa.ts"));
  ASSERT_TRUE(source.has_value()) << source.error().line();
  const std::vector<Shot> frames = all_frames(*source.value());
  ASSERT_EQ(frames.size(), 200U);
  for (std::size_t i = 1; i < frames.size(); ++i) EXPECT_LE(frames[i - 1].time, frames[i].time) << i;
  EXPECT_EQ(frames[100].pixels, frames[0].pixels);
  EXPECT_EQ(frames[100].time, seconds(4));
  Frame frame;
  ASSERT_EQ(source.value()->read(seconds(5), frame), ReadStatus::frame);
  EXPECT_EQ(fingerprint(frame), frames[125].pixels);
}

}  // namespace

}  // namespace camfleet::media::test
