#include "runtime/media/http_kind.hpp"

#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "runtime/media/registry.hpp"
#include "runtime/media/source_url.hpp"

namespace camfleet::media {
namespace {

SourceUrl url_of(const std::string& text) {
  return parse_source_url(text).value();
}

std::optional<HttpKind> answer(std::string_view first_bytes, std::string_view type) {
  return kind_by_answer(first_bytes, type);
}

TEST(HttpKind, AnEndingSaysItInAnyCase) {
  struct Row {
    const char* path;
    std::optional<HttpKind> kind;
  };
  const Row rows[] = {
      {"/live.m3u8", HttpKind::hls},           {"/LIVE.M3U8", HttpKind::hls}, {"/radio.m3u", HttpKind::hls},
      {"/app/stream.flv", HttpKind::flv},      {"/a.Mp4", HttpKind::mp4},     {"/a.mov", HttpKind::mp4},
      {"/mjpg/video.mjpg", HttpKind::mjpeg},   {"/video", std::nullopt},      {"/a.mp4/live", std::nullopt},
      {"/video.cgi?file=a.mp4", std::nullopt},
  };
  for (const Row& row : rows)
    EXPECT_EQ(kind_by_ending(url_of(std::string("http://cam") + row.path)), row.kind) << row.path;
}

TEST(HttpKind, FirstBytesSayMoreThanTheContentType) {
  EXPECT_EQ(answer("#EXTM3U\n#EXT-X", "text/plain"), HttpKind::hls);
  EXPECT_EQ(answer("FLV\x01\x05", "video/mp4"), HttpKind::flv);
  EXPECT_EQ(answer(std::string_view("\0\0\0\x18"
                                    "ftypmp42",
                                    12),
                   "application/octet-stream"),
            HttpKind::mp4);
  EXPECT_EQ(answer(std::string_view("\0\0\0\x18styp", 8), ""), HttpKind::mp4);
  EXPECT_EQ(answer("--frame\r\n", "multipart/x-mixed-replace; boundary=frame"), HttpKind::mjpeg);
  EXPECT_EQ(answer("", "Multipart/X-Mixed-Replace ;boundary=x"), HttpKind::mjpeg);
  EXPECT_EQ(answer("", "application/x-mpegURL"), HttpKind::hls);
  EXPECT_EQ(answer("\x47 transport", "video/mp2t"), std::nullopt);
  EXPECT_EQ(answer("ftyp", ""), std::nullopt);
}

TEST(HttpKind, WhatIsSaidIsNoGuess) {
  struct Row {
    const char* rest;
    SourceKind kind;
    bool is_guess;
  };
  const Row rows[] = {
      {"/video", SourceKind::live, true},
      {"/clip.mp4", SourceKind::recorded, true},
      {"/live.flv", SourceKind::live, false},
      {"/video.mjpg", SourceKind::live, false},
      {"/video#kind=mp4", SourceKind::recorded, false},
      {"/clip.mp4#kind=hls", SourceKind::live, false},
      {"/x#hosts=10.0.0.7&kind=mjpeg", SourceKind::live, false},
  };
  for (const Row& row : rows) {
    const SourceTraits traits = http_traits(url_of(std::string("http://cam") + row.rest));
    EXPECT_EQ(traits.kind, row.kind) << row.rest;
    EXPECT_EQ(traits.is_guess, row.is_guess) << row.rest;
  }
}

TEST(HttpKind, WhatIsLoopedIsRecorded) {
  for (const char* url :
       {"http://cam/silent#loop=1", "http://cam/x.flv#start=5", "http://cam/a.mp4#loop=1"}) {
    const SourceTraits traits = http_traits(url_of(url));
    EXPECT_EQ(traits.kind, SourceKind::recorded) << url;
    EXPECT_FALSE(traits.is_guess) << url;
  }
  const auto both = said_kind(url_of("http://cam/x#kind=HLS&loop=1"));
  ASSERT_FALSE(both.has_value());
  EXPECT_EQ(both.error().what, "loop and start are of recorded footage, and kind 'HLS' is live");
}

TEST(HttpKind, AKindThatIsNoneIsRefused) {
  SourceRegistry registry;
  register_network_schemes(registry);
  const auto traits = registry.traits_of(url_of("https://cam/clip#kind=webm"));
  ASSERT_FALSE(traits.has_value());
  EXPECT_EQ(traits.error().line(),
            "https://cam/clip#kind=webm: kind is 'webm'; right would be hls, flv, mp4 or mjpeg");
}

}  // namespace
}  // namespace camfleet::media
