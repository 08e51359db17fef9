#include "runtime/media/playback.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/media/clips.hpp"

namespace camfleet::media::test {

namespace {

using testing::HasSubstr;

/// Frames at 0, 100, … ms up to `frames`; width tells which one was given. The length it tells may be wrong.
class Counted final : public Source {
 public:
  Counted(int frames, Duration announced, bool learns) : frames_(frames), learns_(learns) {
    info_.length = announced;
    info_.frame_interval = milliseconds(100);
  }
  const SourceInfo& info() const override { return info_; }
  const Error& error() const override { return error_; }
  ReadStatus read(Duration target, Frame& into) override {
    next_ = target <= milliseconds(50)
                ? 0
                : static_cast<int>((target - milliseconds(50) + milliseconds(99)) / milliseconds(100));
    return next(into);
  }
  ReadStatus next(Frame& into) override {
    if (next_ >= frames_) {
      if (learns_) info_.length = milliseconds(100) * frames_;
      return ReadStatus::ended;
    }
    into.width = next_;
    into.media_time = milliseconds(100) * next_++;
    return ReadStatus::frame;
  }

 private:
  int frames_;
  bool learns_;
  int next_ = 0;
  SourceInfo info_;
  Error error_{Errc::ended, "counted", "ended"};
};

struct Laid {
  int number;
  int at_ms;
  friend bool operator==(const Laid&, const Laid&) = default;
};

std::ostream& operator<<(std::ostream& out, const Laid& laid) {
  return out << laid.number << '@' << laid.at_ms;
}

std::unique_ptr<Source> played(int frames, Duration announced, Playback playback, bool learns = false) {
  auto source = with_playback(std::make_unique<Counted>(frames, announced, learns), playback, "here");
  return source.has_value() ? std::move(source).value() : nullptr;
}

Laid at(Source& source, int target_ms) {
  Frame frame;
  if (source.read(milliseconds(target_ms), frame) != ReadStatus::frame) return {-1, -1};
  return {frame.width, static_cast<int>(frame.media_time.count() / 1'000'000)};
}

Laid after(Source& source) {
  Frame frame;
  if (source.next(frame) != ReadStatus::frame) return {-1, -1};
  return {frame.width, static_cast<int>(frame.media_time.count() / 1'000'000)};
}

TEST(Playback, WrapsByTheLength) {
  const auto source = played(10, seconds(1), {Duration{0}, true});
  EXPECT_EQ(source->info().length, Duration{0});
  // 960 ms is nearer to the end than half a frame: the next round's first frame is the first at or after it.
  for (const auto& [target, expected] : {std::pair{0, Laid{0, 0}},
                                         {940, {9, 900}},
                                         {960, {0, 1000}},
                                         {1000, {0, 1000}},
                                         {1300, {3, 1300}},
                                         {100'000'500, {5, 100'000'500}},
                                         {200, {2, 200}}}) {
    EXPECT_EQ(at(*source, target), expected) << target;
  }
}

TEST(Playback, GivesTheFirstFrameInAFalseTail) {
  const auto source = played(10, seconds(2), {Duration{0}, true});
  for (const auto& [target, expected] : {std::pair{900, Laid{9, 900}},
                                         {1100, {0, 2000}},
                                         {1900, {0, 2000}},
                                         {2100, {1, 2100}},
                                         {3500, {0, 4000}}}) {
    EXPECT_EQ(at(*source, target), expected) << target;
  }
}

TEST(Playback, FindsAnUnknownLengthAtTheEnd) {
  const std::pair<int, Laid> cases[] = {
      {500, {5, 500}}, {1300, {3, 1300}}, {960, {0, 1000}}, {12'300, {3, 12'300}}};
  const auto one_after_the_other = played(10, Duration{0}, {Duration{0}, true}, true);
  for (const auto& [target, expected] : cases) {
    EXPECT_EQ(at(*one_after_the_other, target), expected);
    EXPECT_EQ(at(*played(10, Duration{0}, {Duration{0}, true}, true), target), expected);
  }
}

TEST(Playback, GoesRoundFrameByFrame) {
  const auto source = played(3, milliseconds(300), {Duration{0}, true});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(after(*source), (Laid{i % 3, 100 * i}));
  EXPECT_EQ(at(*source, 100), (Laid{1, 100}));
  EXPECT_EQ(after(*source), (Laid{2, 200}));
  EXPECT_EQ(after(*source), (Laid{0, 300}));
}

TEST(Playback, BeginsAtItsStart) {
  const auto source = played(10, seconds(1), {milliseconds(300), false});
  EXPECT_EQ(source->info().length, milliseconds(700));
  EXPECT_EQ(after(*source), (Laid{3, 0}));
  EXPECT_EQ(after(*source), (Laid{4, 100}));
  EXPECT_EQ(at(*source, 600), (Laid{9, 600}));
  EXPECT_EQ(at(*source, 700), (Laid{-1, -1}));
  const auto looped = played(10, seconds(1), {milliseconds(2300), true});
  EXPECT_EQ(at(*looped, 0), (Laid{3, 0}));
  EXPECT_EQ(at(*looped, 700), (Laid{0, 700}));
  EXPECT_EQ(played(10, seconds(1), {seconds(1), false}), nullptr);
}

TEST(Playback, WorksOnClips) {
  const TempFolder folder;
  for (const auto& [name, arguments] : {std::pair{"a.mp4", "-c:v libx264 -preset ultrafast -g 25"},
                                        {"a.h264", "-c:v libx264 -preset ultrafast -bf 2 -g 25"},
                                        {"no-index.mkv", "-c:v libx264 -preset ultrafast -g 25 -live 1"}}) {
    const std::string path = folder.path(name);
    if (!make_clip(path, arguments, 3)) GTEST_SKIP() << "the ffmpeg tool cannot make " << name;
    auto plain = open_file(path);
    ASSERT_TRUE(plain.has_value()) << plain.error().line();
    const std::vector<Shot> frames = all_frames(*plain.value());
    ASSERT_EQ(frames.size(), 75U);
    auto looped = open_file(path, "?loop=1&start=0.48");
    ASSERT_TRUE(looped.has_value()) << looped.error().line();
    Frame frame;
    for (const int number : {0, 10, 62, 63, 200, 7000, 12, 74, 1000000}) {
      ASSERT_EQ(looped.value()->read(milliseconds(40) * number, frame), ReadStatus::frame) << name;
      EXPECT_EQ(fingerprint(frame), frames[static_cast<std::size_t>(number + 12) % 75].pixels)
          << name << number;
      EXPECT_EQ(frame.media_time, milliseconds(40) * number) << name;
    }
  }
}

TEST(Playback, RefusesOtherKeys) {
  const TempFolder folder;
  ASSERT_TRUE(make_clip(folder.path("a.avi"), "-c:v mpeg4", 1));
  auto refused = open_file(folder.path("a.avi"), "?lop=1");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::invalid_field);
  EXPECT_THAT(refused.error().line(), HasSubstr("unknown query key 'lop'; allowed are: loop, start"));
  EXPECT_FALSE(open_file(folder.path("a.avi"), "?loop=3").has_value());
  EXPECT_FALSE(open_file(folder.path("a.avi"), "?start=99").has_value());
  EXPECT_TRUE(open_file(folder.path("a.avi"), "?start=0.5&loop=0").has_value());
}

}  // namespace

}  // namespace camfleet::media::test
