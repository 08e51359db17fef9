#pragma once

#include <cstdint>

#include "actors/base/time.hpp"
#include "simulator/camera/camera_spec.hpp"

namespace camfleet::camera {

/// The groups of pictures of one loop: an even number, so that the ids of key frames alternate where the loop
/// begins anew too; as equal as can be, none longer than asked for.
class LoopPlan {
 public:
  LoopPlan(std::uint32_t fps, std::uint32_t gop);

  [[nodiscard]] std::uint32_t frames() const { return frames_; }
  [[nodiscard]] std::uint32_t groups() const { return groups_; }
  /// The first frame of a group; `group` ≤ groups().
  [[nodiscard]] std::uint32_t first_of(std::uint32_t group) const;
  /// The group of a frame of the loop.
  [[nodiscard]] std::uint32_t group_of(std::uint32_t frame) const;

 private:
  std::uint32_t frames_;
  std::uint32_t groups_;
};

/// Which frame a camera shows when. Frames have numbers that go on for ever: frame n begins n / fps seconds
/// after 1970 began. The camera shows its scene's loop from a place that its seed decides.
class CameraClock {
 public:
  explicit CameraClock(const CameraSpec& camera);

  /// The frame that is shown at `at`: the last one that had begun.
  [[nodiscard]] std::int64_t frame_at(Instant at) const;
  /// When a frame begins, rounded up to whole nanoseconds.
  [[nodiscard]] Instant begin_of(std::int64_t frame) const;
  /// The first frame that begins at `at` or later.
  [[nodiscard]] std::int64_t next_frame(Instant at) const;
  /// The key frame of the group that a frame is in, and that of the next group.
  [[nodiscard]] std::int64_t group_begin(std::int64_t frame) const;
  [[nodiscard]] std::int64_t group_end(std::int64_t frame) const;
  /// Which frame of the loop that is.
  [[nodiscard]] std::uint32_t in_loop(std::int64_t frame) const;
  /// Where in the scene's loop a frame of the loop is.
  [[nodiscard]] Duration scene_time(std::uint32_t loop_frame) const;
  /// Where in the scene's loop the camera is at `at`.
  [[nodiscard]] Duration scene_time(Instant at) const { return scene_time(in_loop(frame_at(at))); }

  [[nodiscard]] const LoopPlan& plan() const { return plan_; }
  [[nodiscard]] Duration interval() const { return Duration(1'000'000'000 / fps_); }

 private:
  std::int64_t fps_;
  LoopPlan plan_;
  std::uint32_t shift_;
};

}  // namespace camfleet::camera
