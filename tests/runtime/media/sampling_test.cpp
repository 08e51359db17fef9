#include "tests/runtime/media/sampling.hpp"

#include <gtest/gtest.h>

namespace camfleet::media::test {

namespace {

const Recipe recipes[] = {
    {"h264-pyramid.mp4", "-c:v libx264 -preset medium -bf 5 -x264-params b-pyramid=normal:ref=4 -g 50"},
    {"h264-open-gop.mkv", "-c:v libx264 -preset veryfast -bf 3 -g 30 -x264-params open-gop=1:scenecut=0"},
    {"h264.ts", "-c:v libx264 -preset veryfast -bf 3 -g 50"},
    {"h264-b.avi", "-c:v libx264 -preset veryfast -bf 3 -g 50"},
    {"h264.h264", "-c:v libx264 -preset veryfast -bf 3 -g 50"},
    {"hevc-open-gop.ts",
     "-c:v libx265 -preset ultrafast -x265-params "
     "log-level=none:bframes=4:b-pyramid=1:keyint=30:open-gop=1:pools=none"},
    {"vp8.webm", "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 200k -g 50"},
    {"vp9.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 200k -g 50"},
    {"mpeg4-b.mp4", "-c:v mpeg4 -bf 2 -g 60"},
    {"msmpeg4v3.avi", "-c:v msmpeg4 -g 100"},
};

class Sampling : public testing::TestWithParam<Recipe> {};

TEST_P(Sampling, GivesThePixelsOfAFullDecodeAndOfTheTool) {
  const TempFolder folder;
  const std::string path = folder.path(GetParam().name);
  if (!make_clip(path, GetParam().arguments, 6))
    GTEST_SKIP() << "the ffmpeg tool cannot make " << GetParam().name;
  expect_exact_sampling(path, 25);
  expect_every_frame(folder, path, GetParam().frames_per_second);
}

INSTANTIATE_TEST_SUITE_P(Clips, Sampling, testing::ValuesIn(recipes), test_name);

}  // namespace

}  // namespace camfleet::media::test
