#include "simulator/sample_costs.hpp"

#include <gtest/gtest.h>

#include "simulator/camera/camera_clock.hpp"
#include "tests/simulator/modelled_world.hpp"

namespace camfleet::sim {
namespace {

constexpr Costs::Frame frame{milliseconds(7), milliseconds(1), std::chrono::microseconds(100)};

/// One synthetic camera whose analyses cost nothing, and one sample in `spf` seconds for two minutes.
ModelledWorld filmed(std::uint32_t gop, int spf) {
  ModelledWorld world;
  world.film = camera::CameraSpec{.size = {640, 360}, .fps = 10, .codec = Coding::vp8, .gop = gop, .seed = 5};
  world.fields = {{"ComputePictureValue", spf}};
  world.models.costs.analyse_per_sample["2"] = Duration(0);
  world.models.costs.frames[{Coding::vp8, {640, 360}, 10}] = frame;
  return world;
}

/// What decoders do for it: from the frame after the last one, or from the key frame of the group.
Duration decoding_of(const ModelledWorld& world, int spf) {
  const camera::CameraClock clock(*world.film);
  Duration sum{0};
  std::int64_t last = -1;
  for (int second = 0; second < 120; second += spf) {
    const std::int64_t wanted = clock.next_frame(world.at("01:00:00") + seconds(second));
    const std::int64_t key = clock.group_begin(wanted);
    for (std::int64_t one = std::max(key, last + 1); one <= wanted; ++one)
      sum += one == key ? frame.key : frame.other;
    sum += frame.convert;
    last = wanted;
  }
  return sum;
}

TEST(SampleCosts, OfASyntheticCameraTheFramesCountThatAreDecoded) {
  struct Row {
    std::uint32_t gop;
    int spf;
  };
  for (const auto& [gop, spf] : {Row{20, 5}, Row{20, 1}, Row{7, 2}, Row{100, 1}, Row{300, 7}, Row{1, 3}}) {
    const ModelledWorld world = filmed(gop, spf);
    const auto run = world.run();
    EXPECT_EQ(run.broken, "");
    ASSERT_EQ(run.totals.analysed, static_cast<std::uint64_t>((120 + spf - 1) / spf));
    EXPECT_EQ(run.core_time, decoding_of(world, spf)) << "gop " << gop << " spf " << spf;
  }
}

TEST(SampleCosts, ACountedSliceDecodesAsMuchAsManyDoOnAverage) {
  for (const auto& [gop, spf] :
       {std::pair(20U, 5), std::pair(20U, 1), std::pair(100U, 1), std::pair(30U, 2)}) {
    Duration each{0};
    Duration counted{0};
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      ModelledWorld world = filmed(gop, spf);
      world.film->seed = seed * 7919;
      each += world.run().core_time;
      world.counted = true;
      counted += world.run().core_time;
    }
    EXPECT_NEAR(static_cast<double>(counted.count()) / static_cast<double>(each.count()), 1, 0.05)
        << "gop " << gop << " spf " << spf;
  }
}

TEST(SampleCosts, WhatWasMeasuredComesBeforeWhatIsSaid) {
  Costs costs;
  costs.analyse_per_sample["2"] = milliseconds(50);
  const StreamFormat hd{Coding::h264, {1280, 720}, 25};
  // 98 ms for 1080p, by pixels, in 25 frames.
  EXPECT_EQ(frame_cost(hd, costs).other, Duration(43'539'797 / 25));
  EXPECT_EQ(frame_cost(hd, costs).key, frame_cost(hd, costs).other);
  EXPECT_EQ(analysis_cost("2", hd.size, costs), milliseconds(50));
  costs.frames[hd] = frame;
  costs.analyse_at[{"2", hd.size}] = milliseconds(10);
  EXPECT_EQ(frame_cost(hd, costs).key, frame.key);
  EXPECT_EQ(analysis_cost("2", hd.size, costs), milliseconds(10));
  EXPECT_EQ(analysis_cost("2", {640, 360}, costs), milliseconds(50)) << "of another size";
  EXPECT_EQ(analysis_cost("1", hd.size, costs), costs.analyse_default) << "of another algorithm";
  WorkSpec spec;
  spec.algorithms = {{"2", "person"}};
  spec.spf = 5;
  EXPECT_EQ(slice_cost(hd, spec, costs), frame.other * 25 + milliseconds(2));
}

TEST(SampleCosts, WhatWasMeasuredOfSyntheticCamerasIsNotOfOthers) {
  ModelledWorld world;
  const Duration told = world.run().core_time;
  world.models.costs.analyse_at[{"2", FrameSize{}}] = seconds(1);
  EXPECT_EQ(world.run().core_time, told);
}

TEST(StreamFormats, OfASyntheticCameraItsOwn) {
  const std::vector<std::optional<camera::CameraSpec>> cameras{
      std::nullopt,
      camera::CameraSpec{.size = {320, 180}, .fps = 5, .codec = Coding::vp9},
      camera::CameraSpec{.size = {320, 180}, .fps = 5, .codec = Coding::vp9, .gop = 9, .seed = 3},
  };
  const StreamFormats formats(&cameras);
  DeviceSpec told;
  told.coding = Coding::h265;
  told.size = {640, 480};
  EXPECT_EQ(formats.all().size(), 1U);
  EXPECT_EQ(formats.of(DeviceIx{0}, told), (StreamFormat{Coding::h265, {640, 480}, 25}));
  EXPECT_EQ(formats.of(DeviceIx{2}, told), (StreamFormat{Coding::vp9, {320, 180}, 5}));
  EXPECT_EQ(StreamFormats(nullptr).of(DeviceIx{7}, told), format_of(told));
}

}  // namespace
}  // namespace camfleet::sim
