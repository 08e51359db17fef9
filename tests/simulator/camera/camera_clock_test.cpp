#include "simulator/camera/camera_clock.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/actors/property.hpp"

namespace camfleet::camera {

using camfleet::testing::check_property;
namespace {

CameraSpec any_camera() {
  CameraSpec camera;
  camera.fps = *rc::gen::inRange<std::uint32_t>(1, 61);
  camera.gop = *rc::gen::inRange<std::uint32_t>(1, 30 * camera.fps + 1);
  camera.seed = *rc::gen::arbitrary<std::uint64_t>();
  return camera;
}

TEST(LoopPlan, HasAnEvenNumberOfGroupsOfWhichNoneIsTooLong) {
  check_property([] {
    const CameraSpec camera = any_camera();
    const LoopPlan plan(camera.fps, camera.gop);
    RC_ASSERT(plan.frames() == 60 * camera.fps);
    RC_ASSERT(plan.groups() % 2 == 0U);
    RC_ASSERT(plan.first_of(0) == 0U);
    RC_ASSERT(plan.first_of(plan.groups()) == plan.frames());
    for (std::uint32_t group = 0; group < plan.groups(); ++group) {
      const std::uint32_t length = plan.first_of(group + 1) - plan.first_of(group);
      RC_ASSERT(length >= 1U && length <= camera.gop);
      RC_ASSERT(plan.group_of(plan.first_of(group)) == group);
      RC_ASSERT(plan.group_of(plan.first_of(group + 1) - 1) == group);
    }
  });
}

TEST(CameraClock, FramesBeginInOrderAndAreShownUntilTheNextOne) {
  check_property([] {
    const CameraClock clock(any_camera());
    const Instant at{
        Duration(*rc::gen::inRange<std::int64_t>(-1'000'000'000'000, 4'000'000'000'000'000'000))};
    const std::int64_t frame = clock.frame_at(at);
    RC_ASSERT(clock.begin_of(frame) <= at);
    RC_ASSERT(at < clock.begin_of(frame + 1));
    RC_ASSERT(clock.frame_at(clock.begin_of(frame)) == frame);
    RC_ASSERT(clock.begin_of(clock.next_frame(at)) >= at);
    RC_ASSERT(clock.begin_of(clock.next_frame(at) - 1) < at);
  });
}

TEST(CameraClock, TheLoopGoesOnForEver) {
  check_property([] {
    const CameraClock clock(any_camera());
    const auto frame = *rc::gen::inRange<std::int64_t>(-1'000'000'000, 1'000'000'000'000);
    const std::uint32_t now = clock.in_loop(frame);
    RC_ASSERT(now < clock.plan().frames());
    RC_ASSERT(clock.in_loop(frame + 1) == (now + 1) % clock.plan().frames());
    RC_ASSERT(clock.scene_time(now) < scene::loop_length);
  });
}

TEST(CameraClock, SeedsBeginAtPlacesOfTheirOwnAndNotTogetherWithAKeyFrame) {
  std::set<std::uint32_t> begins;
  std::set<std::uint32_t> in_group;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CameraSpec camera;
    camera.seed = seed;
    const CameraClock clock(camera);
    begins.insert(clock.in_loop(0));
    in_group.insert(static_cast<std::uint32_t>(-clock.group_begin(0)));
  }
  EXPECT_GT(begins.size(), 90U);
  EXPECT_GT(in_group.size(), 35U) << "of 50 frames";
}

}  // namespace
}  // namespace camfleet::camera
