#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "tests/runtime/media/sampling.hpp"

namespace camfleet::media::test {

namespace {

const Recipe recipes[] = {
    {"h264-long-gop.mp4", "-c:v libx264 -preset veryfast -bf 3 -g 250"},
    {"h264-open-gop.mp4", "-c:v libx264 -preset veryfast -bf 3 -g 30 -x264-params open-gop=1:scenecut=0"},
    {"h264-open-gop.ts", "-c:v libx264 -preset veryfast -bf 3 -g 30 -x264-params open-gop=1:scenecut=0"},
    {"h264-intra-refresh.mkv", "-c:v libx264 -preset veryfast -bf 0 -g 50 -x264-params intra-refresh=1"},
    {"h264-interlaced.mp4", "-c:v libx264 -preset veryfast -bf 2 -g 50 -x264-params tff=1"},
    {"h264-camera.mp4", "-c:v libx264 -preset ultrafast -tune zerolatency -g 50"},
    {"h264.mov", "-c:v libx264 -preset veryfast -bf 2 -g 50"},
    {"h264-fragments.mp4", "-c:v libx264 -preset veryfast -bf 2 -g 50 -movflags frag_keyframe+empty_moov"},
    {"h264-long-gop.ts", "-c:v libx264 -preset veryfast -bf 3 -g 1000"},
    {"h264-late-start.ts", "-c:v libx264 -preset veryfast -bf 2 -g 50 -output_ts_offset 3600"},
    {"h264.flv", "-c:v libx264 -preset veryfast -bf 2 -g 50"},
    {"h264-odd-size.mkv", "-c:v libx264 -preset veryfast -vf scale=162:118,setsar=1 -g 50"},
    {"h264-12fps.mkv", "-r 12.5 -c:v libx264 -preset veryfast -bf 2 -g 40", 12.5},
    {"h264-holes.mp4",
     "-vf \"select='not(between(t,3,5.5))*not(eq(mod(n,7),3))'\" -vsync vfr -c:v libx264 "
     "-preset veryfast -bf 3 -g 50",
     0},
    {"hevc.mp4", "-c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=3:keyint=50:pools=none"},
    {"hevc-layers.mkv",
     "-c:v libx265 -preset ultrafast -x265-params "
     "log-level=none:bframes=4:temporal-layers=1:keyint=50:pools=none"},
    {"hevc.hevc", "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=50:pools=none"},
    {"vp8-altref.webm", "-c:v libvpx -cpu-used 4 -auto-alt-ref 1 -lag-in-frames 16 -b:v 200k -g 60"},
    {"vp9-altref.mkv", "-c:v libvpx-vp9 -cpu-used 5 -auto-alt-ref 1 -lag-in-frames 16 -b:v 200k -g 60"},
    {"mpeg4.avi", "-c:v mpeg4 -g 60"},
    {"mpeg4-b.avi", "-c:v mpeg4 -bf 2 -g 60"},
    {"mpeg4.ts", "-c:v mpeg4 -g 60"},
    {"mpeg2-b.ts", "-c:v mpeg2video -bf 2 -g 18"},
    {"audio-is-longer.mp4", "-f lavfi -i sine=duration=14 -map 0:v -map 1:a -c:a aac -c:v libx264 -g 50"},
};

class MoreSampling : public testing::TestWithParam<Recipe> {};

TEST_P(MoreSampling, GivesThePixelsOfAFullDecodeAndOfTheTool) {
  const TempFolder folder;
  const std::string path = folder.path(GetParam().name);
  if (!make_clip(path, GetParam().arguments, 12))
    GTEST_SKIP() << "the ffmpeg tool cannot make " << GetParam().name;
  expect_exact_sampling(path, 60);
  expect_every_frame(folder, path, GetParam().frames_per_second);
}

INSTANTIATE_TEST_SUITE_P(Clips, MoreSampling, testing::ValuesIn(recipes), test_name);

TEST(SamplingOfRealFootage, GivesThePixelsOfAFullDecode) {
  std::vector<std::string> clips;
  const std::string example = "/usr/share/doc/opencv-doc/examples/data/vtest.avi";
  if (std::filesystem::exists(example)) clips.push_back(example);
  if (const char* folder = std::getenv("CAMFLEET_FOOTAGE"); folder != nullptr) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const std::string ending = entry.path().extension();
      if (ending == ".mp4" || ending == ".avi" || ending == ".mkv") clips.push_back(entry.path());
    }
  }
  if (clips.empty()) GTEST_SKIP() << "no opencv-doc and no CAMFLEET_FOOTAGE";
  for (const std::string& clip : clips) {
    SCOPED_TRACE(std::filesystem::path(clip).filename().string());
    expect_exact_sampling(clip, 25);
  }
}

}  // namespace

}  // namespace camfleet::media::test
