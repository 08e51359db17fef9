#include "actors/machines/live_camera.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace camfleet {

std::optional<std::string> LiveCamera::wait_of(const CancelSlice& slice) const {
  constexpr std::array<std::string_view, 4> phases{"is closed", "is being opened", "is open", "failed"};
  std::optional<std::string> wait;
  slices_.for_each([&](std::uint32_t /*slot*/, const Slice& one) {
    if (!one.is(slice)) return;
    wait = one.wait() + "; its stream " + std::string(phases.at(static_cast<std::size_t>(stream_.phase)));
  });
  return wait;
}

Reason LiveCamera::passed_reason(const Slice& slice) const {
  const bool has_fault = stream_.failures > 0 || stream_.failed_before_open;
  return has_fault ? stream_.fault : slice.late_or(stream_.fault);
}

Reason LiveCamera::reason_of(const Slice& slice) const {
  if (slice.fault != Reason::none || !slice.has_stream) return slice.fault;
  return slice.missed_key ? Reason::stream_corrupt : passed_reason(slice);
}

bool LiveCamera::may_come(const Slice& slice) const {
  return slice.outstanding > 0 || (slice.is_reading && stream_.phase == Phase::open);
}

void LiveCamera::note_measured(const StreamMeasured& message, Instant now) {
  stream_.frame_interval = message.frame_interval;
  if (!key_frames_) key_frames_ = std::make_unique<KeyFrames>();
  KeyFrames& keys = *key_frames_;
  if (message.key_distance > Duration(0)) keys.distance = message.key_distance;
  const bool was_blind = keys.blind_from != end_of_time && keys.blind_until == end_of_time;
  if (message.waits_for_key == was_blind) return;
  if (message.waits_for_key) keys.blind_from = now;
  keys.blind_until = message.waits_for_key ? end_of_time : now;
}

bool LiveCamera::note_blind(Slice& slice) const {
  // Who takes every frame has missed some before the first one.
  if (!key_frames_ || (slice.plan.is_every_frame() && slice.has_started)) return false;
  const std::uint32_t next = slice.plan.next();
  const bool blind =
      slice.plan.at(next) < key_frames_->blind_until && key_frames_->blind_from <= slice.plan.at(next + 1);
  slice.missed_key = slice.missed_key || blind;
  return blind;
}

void LiveCamera::learn_distance(const Slice& slice, Instant now) {
  if (!slice.missed_key) return;
  const Duration waited = std::min(key_frames_->blind_until, now) - key_frames_->blind_from;
  // What is known of it was not enough: as early as may be, until it is measured.
  if (key_frames_->distance < waited) key_frames_->distance = longest_lead;
}

void LiveCamera::want_stream() {
  bool is_leaving = false;
  slices_.for_each([&](std::uint32_t /*slot*/, const Slice& slice) { is_leaving |= slice.is_leaving; });
  if (!is_leaving) stream_.is_given_up = false;
}

void LiveCamera::drop_passed(Slice& slice, Instant now, Reason reason) {
  if (slice.plan.is_every_frame() || slice.has_ended) return;
  while (slice.plan.next_has_passed(now)) slice.drop_next(reason);
}

void LiveCamera::skip_to_frame(Slice& slice, Instant came) const {
  if (slice.plan.is_every_frame()) {
    note_blind(slice);
    return;
  }
  const Duration half = stream_.frame_interval / 2;
  while (slice.plan.next_has_passed(came + half)) {
    const Reason passed = slice.asked_late    ? Reason::overload
                          : note_blind(slice) ? Reason::stream_corrupt
                          : slice.has_started ? Reason::camera_offline
                                              : passed_reason(slice);
    slice.drop_next(passed);
  }
}

}  // namespace camfleet
