#include "simulator/camera/loop.hpp"

#include <array>
#include <cstdio>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/videoio.hpp>

#include "simulator/camera/loop_file.hpp"
#include "simulator/camera/synthetic_source.hpp"
#include "simulator/scene/renderer.hpp"
#include "tests/simulator/camera/test_cameras.hpp"
#include "tests/simulator/scene_picture.hpp"

namespace camfleet::camera {
namespace {

using test::all_codecs;
using test::make_loop;
using test::small_camera;

class LoopOf : public ::testing::TestWithParam<Coding> {
 protected:
  static LoopKey short_loop() {
    CameraSpec camera = small_camera(GetParam());
    camera.fps = 2;
    camera.gop = 20;
    return LoopKey::of(camera);
  }
  LoopKey key_ = short_loop();
};

std::string ffprobe(const std::filesystem::path& file) {
  const std::string command =
      "ffprobe -v error -count_packets -show_entries "
      "stream=codec_name,width,height,r_frame_rate,nb_read_packets "
      "-of csv=p=0 '" +
      file.string() + "' 2>&1";
  std::string text;
  if (FILE* pipe = ::popen(command.c_str(), "r")) {
    std::array<char, 256> part{};
    while (std::fgets(part.data(), part.size(), pipe) != nullptr) text += part.data();
    ::pclose(pipe);
  }
  return text;
}

std::string probed_name(Coding codec) {
  switch (codec) {
    case Coding::h265:
      return "hevc";
    case Coding::vp8:
      return "vp8";
    case Coding::vp9:
      return "vp9";
    default:
      return "h264";
  }
}

TEST_P(LoopOf, ItsFileIsReadByAnyonesSoftware) {
  const test::TempFolder folder;
  const auto path = folder.path() / "loop.mkv";
  const auto written = write_loop(*make_loop(key_), path);
  ASSERT_TRUE(written.has_value()) << written.error().line();
  EXPECT_EQ(ffprobe(path), probed_name(GetParam()) + ",320,180,2/1,120\n");
  cv::VideoCapture capture(path.string(), cv::CAP_FFMPEG);
  cv::Mat picture;
  int pictures = 0;
  while (capture.read(picture)) {
    ASSERT_EQ(picture.cols, 320);
    ASSERT_EQ(picture.rows, 180);
    ++pictures;
  }
  EXPECT_EQ(pictures, 120);
}

TEST_P(LoopOf, WhatIsReadBackIsWhatWasWritten) {
  const test::TempFolder folder;
  const auto path = folder.path() / "loop.mkv";
  const auto made = make_loop(key_);
  ASSERT_TRUE(write_loop(*made, path).has_value());
  const auto read = read_loop(key_, path);
  ASSERT_TRUE(read.has_value()) << read.error().line();
  test::PictureReader first(decoder_of(key_, "made", {}).value());
  test::PictureReader second(decoder_of(key_, "read", {}).value());
  for (std::uint32_t group = 0; group < made->plan().groups(); ++group) {
    const auto& frames = made->find(group)->frames;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const auto before = take(first, frames[i]);
      const auto after = take(second, read.value()->find(group)->frames[i]);
      ASSERT_EQ(before.size(), 1U) << group << " " << i;
      ASSERT_EQ(after.size(), 1U) << group << " " << i;
      ASSERT_EQ(before[0].pixels, after[0].pixels) << group << " " << i;
    }
  }
}

TEST_P(LoopOf, ItsEndGoesOverIntoItsBeginning) {
  const auto loop = make_loop(key_);
  test::PictureReader reader(decoder_of(key_, "loop", {}).value());
  std::vector<std::vector<std::uint8_t>> rounds[2];
  for (auto& round : rounds) {
    for (std::uint32_t group = 0; group < loop->plan().groups(); ++group) {
      for (const EncodedFrame& frame : loop->find(group)->frames) {
        for (auto& picture : take(reader, frame)) round.push_back(std::move(picture.pixels));
      }
    }
  }
  EXPECT_EQ(reader.damaged, 0);
  ASSERT_EQ(rounds[0].size(), 120U);
  EXPECT_EQ(rounds[0], rounds[1]);
}

TEST_P(LoopOf, TheOrderInWhichItIsMadeMakesNoDifference) {
  const auto forward = make_loop(key_);
  auto renderer = scene::Renderer::make(key_.scene, key_.variant, key_.size);
  Loop backward(key_);
  for (std::uint32_t unit = key_.plan().groups() / 2; unit-- > 0;)
    ASSERT_TRUE(make_unit(backward, unit, *renderer.value()).has_value());
  for (std::uint32_t group = 0; group < key_.plan().groups(); ++group) {
    for (std::size_t i = 0; i < forward->find(group)->frames.size(); ++i)
      ASSERT_EQ(forward->find(group)->frames[i].bytes, backward.find(group)->frames[i].bytes) << group;
  }
}

TEST_P(LoopOf, ObjectsStandWhereTheTruthSays) {
  const auto loop = make_loop(key_);
  const auto none = scene::make_stage(key_.scene, key_.variant, key_.size,
                                      [](const scene::Item& item) { return item.id == 0; });
  test::PictureReader reader(decoder_of(key_, "loop", {}).value());
  int objects = 0;
  std::int64_t inside = 0;
  std::int64_t outside = 0;
  for (std::uint32_t frame = 0; frame < loop->plan().frames(); ++frame) {
    const std::uint32_t group = loop->plan().group_of(frame);
    const auto pictures = take(reader, loop->find(group)->frames[frame - loop->plan().first_of(group)]);
    ASSERT_EQ(pictures.size(), 1U);
    if (frame % 3 != 0) continue;
    const Duration at = Duration(seconds(frame)) / key_.fps;
    const scene::Picture bare = scene::render(*none, at, key_.size);
    const auto seen = scene::truth(key_.scene, key_.variant, at, key_.size);
    objects += static_cast<int>(seen.size());
    for (int y = 0; y < key_.size.height; ++y) {
      for (int x = 0; x < key_.size.width; ++x) {
        constexpr int clearly = 48;
        const auto at_pixel = static_cast<std::size_t>(y) * static_cast<std::size_t>(key_.size.width) +
                              static_cast<std::size_t>(x);
        if (std::abs(pictures[0].pixels[at_pixel] - bare.luma(x, y)) < clearly) continue;
        constexpr int margin = 2;
        const bool in_box = std::ranges::any_of(seen, [&](const scene::Seen& one) {
          return x >= one.box.x - margin && x < one.box.x + one.box.w + margin && y >= one.box.y - margin &&
                 y < one.box.y + one.box.h + margin;
        });
        ++(in_box ? inside : outside);
      }
    }
  }
  EXPECT_GT(objects, 40);
  EXPECT_GT(inside, objects * 50);
  EXPECT_LT(outside * 50, inside);
}

INSTANTIATE_TEST_SUITE_P(AllCodecs, LoopOf, ::testing::ValuesIn(all_codecs),
                         [](const auto& tested) { return probed_name(tested.param); });

TEST(Loop, WhoWaitsForAGroupHasItMadeNext) {
  Loop loop(LoopKey::of(small_camera(Coding::h264)));
  EXPECT_EQ(loop.next_unit(), 0U);
  EXPECT_EQ(loop.wait_for(21), nullptr);
  EXPECT_EQ(loop.next_unit(), 10U);
  EXPECT_EQ(loop.next_unit(), 0U);
  loop.fail({Errc::limit, "loop", "no more"});
  EXPECT_EQ(loop.wait_for(3), nullptr);
  EXPECT_EQ(loop.failure()->what, "no more");
}

TEST(LoopFile, OneOfAnotherStreamIsRefused) {
  const test::TempFolder folder;
  const auto path = folder.path() / "loop.mkv";
  ASSERT_TRUE(write_loop(*make_loop(LoopKey::of(small_camera(Coding::vp8))), path).has_value());
  const auto other = read_loop(LoopKey::of(small_camera(Coding::vp9)), path);
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code, Errc::corrupt);
  EXPECT_EQ(read_loop(LoopKey::of(small_camera(Coding::vp9)), folder.path() / "none").error().code,
            Errc::not_found);
  const auto nowhere = write_loop(*make_loop(LoopKey::of(small_camera(Coding::vp8))), "/nowhere/at/all.mkv");
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_THAT(nowhere.error().line(), ::testing::HasSubstr("No such file"));
}

}  // namespace
}  // namespace camfleet::camera
