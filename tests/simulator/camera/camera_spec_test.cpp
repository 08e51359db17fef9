#include "simulator/camera/camera_spec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace camfleet::camera {
namespace {

media::SourceUrl parsed(const std::string& url) {
  return media::parse_source_url(url).value();
}

/// The whole URL of a camera, or what is wrong with it.
std::string resolved(const std::string& url, const DeviceSpec* entry = nullptr) {
  const auto camera = resolve(parsed(url), "gate", entry);
  return camera.has_value() ? url_of(camera.value()) : camera.error().line();
}

TEST(CameraSpec, AUrlSaysAllOrLeavesItOut) {
  EXPECT_EQ(resolved("synthetic://night?size=640x360&fps=15&codec=vp9&gop=30&bitrate=512kbps&seed=7"),
            "synthetic://night?size=640x360&fps=15&codec=vp9&gop=30&bitrate=512kbps&seed=7");
  EXPECT_EQ(resolved("synthetic://street?seed=7"),
            "synthetic://street?size=1280x720&fps=25&codec=h264&gop=50&bitrate=2000kbps&seed=7");
  EXPECT_EQ(resolved("SYNTHETIC://yard?fps=5&seed=0"),
            "synthetic://yard?size=1280x720&fps=5&codec=h264&gop=10&bitrate=2000kbps&seed=0");
  EXPECT_EQ(resolved("synthetic://yard"), resolved("synthetic://yard"));
  EXPECT_NE(resolve(parsed("synthetic://yard"), "a", nullptr).value().seed,
            resolve(parsed("synthetic://yard"), "b", nullptr).value().seed);
}

TEST(CameraSpec, WhatTheUrlLeavesOutTheInstanceSays) {
  DeviceSpec entry;
  entry.size = {853, 480};
  entry.coding = Coding::vp8;
  entry.kbps = 900;
  EXPECT_EQ(resolved("synthetic://street?seed=1", &entry),
            "synthetic://street?size=852x480&fps=25&codec=vp8&gop=50&bitrate=900kbps&seed=1");
  EXPECT_EQ(resolved("synthetic://street?codec=h265&size=320x180&seed=1", &entry),
            "synthetic://street?size=320x180&fps=25&codec=h265&gop=50&bitrate=900kbps&seed=1");
  entry.coding = Coding::mpeg4;
  EXPECT_THAT(resolved("synthetic://street?seed=1", &entry), ::testing::HasSubstr("write codec=h264"));
  entry.size = {64, 64};
  EXPECT_THAT(resolved("synthetic://street?seed=1&codec=vp8", &entry),
              ::testing::HasSubstr("pictures of 64x64"));
}

TEST(CameraSpec, EachWrongPartIsNamedWithWhatWouldBeRight) {
  const std::string url = "synthetic://street?";
  for (const auto& [query, words] : std::map<std::string, std::string>{
           {"size=1281x720", "size is '1281x720'; right would be an even width and height"},
           {"size=99999x720", "size is '99999x720'"},
           {"size=720p", "size is '720p'"},
           {"size=3842x2160", "160x90 to 3840x2160"},
           {"fps=0", "fps is '0'; right would be a whole number from 1 to 60"},
           {"fps=61", "fps is '61'"},
           {"fps=12.5", "fps is '12.5'"},
           {"codec=av1", "codec is 'av1'; right would be h264, h265, vp8 or vp9"},
           {"gop=0", "gop is '0'"},
           {"gop=751", "gop is 751; right would be at most 750"},
           {"bitrate=3", "bitrate is '3'; right would be a rate from 32kbps to 50Mbps"},
           {"bitrate=90Mbps", "bitrate is '90Mbps'"},
           {"seed=-1", "seed is '-1'"},
           {"seed=x", "seed is 'x'"},
           {"colour=red", "unknown query key 'colour'; allowed are: size, fps, codec, gop, bitrate, seed"}}) {
    EXPECT_THAT(resolved(url + query), ::testing::HasSubstr(words)) << query;
    EXPECT_THAT(resolved(url + query), ::testing::StartsWith(url + query)) << query;
  }
  EXPECT_THAT(resolved("synthetic://beach"),
              ::testing::HasSubstr("street, night, yard, lobby, crowd, empty"));
}

}  // namespace
}  // namespace camfleet::camera
