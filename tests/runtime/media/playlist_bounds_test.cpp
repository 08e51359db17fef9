#include "runtime/media/playlist_bounds.hpp"

#include <gtest/gtest.h>

namespace camfleet::media {
namespace {

std::string times(int count, const std::string& text) {
  std::string all = "#EXTM3U\n";
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

std::string wrong(const std::string& playlist, PlaylistPlace place = PlaylistPlace::first,
                  std::size_t base = 40) {
  return wrong_with_playlist(playlist, place, base).value_or("");
}

TEST(PlaylistBounds, ADayOfShortSegmentsIsWithinThem) {
  EXPECT_EQ(wrong(times(43'200, "#EXTINF:2.000,\nsegment-2026-03-02T10-00-00.ts?token=0123456789abcdef\n")),
            "");
  EXPECT_EQ(wrong(times(64, "#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n")), "");
  EXPECT_EQ(wrong(""), "");
}

TEST(PlaylistBounds, WhatTakesMuchIsNot) {
  EXPECT_EQ(wrong(times(65, "#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n")),
            "its playlist has more than 64 variants");
  EXPECT_EQ(wrong(times(65, "#EXT-X-MEDIA:TYPE=AUDIO\r\n")), "its playlist has more than 64 variants");
  EXPECT_EQ(wrong(times(50'001, "#EXTINF:1,\na\n")), "its playlist has more than 50000 segments");
  EXPECT_EQ(wrong(times(50'001, "#EXT-X-MAP:URI=\"a\"\n")), "its playlist has more than 50000 segments");
  EXPECT_EQ(wrong(std::string((8U << 20U) + 1, '#')), "its playlist has more than 8 MiB");
  EXPECT_EQ(wrong(times(10'000, "#EXTINF:1,\na\n"), PlaylistPlace::first, 4000),
            "the URLs of its playlist have more than 32 MiB");
  EXPECT_EQ(wrong("#EXT-X-KEY:METHOD=AES-128,URI=" + std::string(4000, 'k') + "\n" + times(10'000, "a\n")),
            "the URLs of its playlist have more than 32 MiB");
}

TEST(PlaylistBounds, TheFirstAloneNamesVariants) {
  for (const std::string line : {"#EXT-X-STREAM-INF:BANDWIDTH=1", "#EXT-X-MEDIA:TYPE=AUDIO"}) {
    for (const std::string end : {"\n", "\r\n", "\r"}) {
      std::string playlist;
      for (const std::string& one :
           {std::string("#EXTM3U"), std::string("#EXTINF:1,"), std::string("a.ts"), line})
        playlist.append(one).append(end);
      EXPECT_EQ(wrong(playlist, PlaylistPlace::first), "");
      EXPECT_EQ(wrong(playlist, PlaylistPlace::further), "a playlist of its playlist names variants again");
    }
  }
  EXPECT_EQ(wrong("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:1,\na.ts\n", PlaylistPlace::further), "");
}

}  // namespace
}  // namespace camfleet::media
