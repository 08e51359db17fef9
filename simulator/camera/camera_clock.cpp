#include "simulator/camera/camera_clock.hpp"

#include <cassert>

#include "actors/base/hash.hpp"

namespace camfleet::camera {
namespace {

__extension__ using Wide = __int128;
constexpr std::int64_t second = 1'000'000'000;

constexpr std::int64_t floor_div(Wide a, Wide b) {
  const Wide quotient = a / b;
  return static_cast<std::int64_t>(quotient - (a % b < 0 ? 1 : 0));
}

}  // namespace

LoopPlan::LoopPlan(std::uint32_t fps, std::uint32_t gop)
    : frames_(loop_seconds * fps), groups_(2 * ((frames_ + 2 * gop - 1) / (2 * gop))) {
  assert(gop > 0 && frames_ >= groups_);
}

std::uint32_t LoopPlan::first_of(std::uint32_t group) const {
  return static_cast<std::uint32_t>((std::uint64_t{group} * frames_) / groups_);
}

std::uint32_t LoopPlan::group_of(std::uint32_t frame) const {
  assert(frame < frames_);
  return static_cast<std::uint32_t>(((std::uint64_t{frame} + 1) * groups_ - 1) / frames_);
}

CameraClock::CameraClock(const CameraSpec& camera)
    : fps_(camera.fps),
      plan_(camera.fps, camera.gop),
      shift_(static_cast<std::uint32_t>(mix(camera.seed) % plan_.frames())) {}

std::int64_t CameraClock::frame_at(Instant at) const {
  return floor_div(Wide{at.time_since_epoch().count()} * fps_, second);
}

Instant CameraClock::begin_of(std::int64_t frame) const {
  return Instant(Duration(-floor_div(-Wide{frame} * second, fps_)));
}

std::int64_t CameraClock::next_frame(Instant at) const {
  return frame_at(at - Duration(1)) + 1;
}

std::uint32_t CameraClock::in_loop(std::int64_t frame) const {
  const auto frames = static_cast<std::int64_t>(plan_.frames());
  const std::int64_t at = (frame + shift_) % frames;
  return static_cast<std::uint32_t>(at < 0 ? at + frames : at);
}

std::int64_t CameraClock::group_begin(std::int64_t frame) const {
  const std::uint32_t at = in_loop(frame);
  return frame - (at - plan_.first_of(plan_.group_of(at)));
}

std::int64_t CameraClock::group_end(std::int64_t frame) const {
  const std::uint32_t at = in_loop(frame);
  return frame + (plan_.first_of(plan_.group_of(at) + 1) - at);
}

Duration CameraClock::scene_time(std::uint32_t loop_frame) const {
  return Duration(std::int64_t{loop_frame} * second / fps_);
}

}  // namespace camfleet::camera
