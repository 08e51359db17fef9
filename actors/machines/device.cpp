#include "actors/machines/device.hpp"

#include <algorithm>

namespace camfleet {

std::uint64_t Device::tag(Timer timer, SliceSlot slot) {
  return (static_cast<std::uint64_t>(timer) << 56U) | (std::uint64_t{slot.slot & 0xFFFFFFU} << 32U) |
         slot.use;
}

std::uint32_t Device::find_stream(StreamIx id) {
  std::uint32_t found = UINT32_MAX;
  streams_.for_each([&](std::uint32_t stream, const Stream& row) {
    if (row.id == id) found = stream;
  });
  return found;
}

Instant Device::sample_at(const Slice& slice, std::uint32_t sample) const {
  return slice.begun.due_at + seconds(slice.begun.spf_s) * sample;
}

Reason Device::passed_reason(const Slice& slice, const Stream& stream) {
  const bool has_reason = !slice.started && slice.begun.late != Reason::late_start;
  return has_reason && stream.failures == 0 && !stream.failed_before_open ? slice.begun.late : stream.fault;
}

bool Device::note_blind(Slice& slice) const {
  // Who takes every frame has missed some before the first one.
  if (!key_frames_ || (slice.begun.every_frame && slice.started)) return false;
  const bool blind = sample_at(slice, slice.next) < key_frames_->blind_until &&
                     key_frames_->blind_from <= sample_at(slice, slice.next + 1);
  slice.missed_key = slice.missed_key || blind;
  return blind;
}

void Device::learn_distance(const Slice& slice, Instant now) {
  if (!slice.missed_key) return;
  const Duration waited = std::min(key_frames_->blind_until, now) - key_frames_->blind_from;
  // What is known of it was not enough: as early as may be, until it is measured.
  if (key_frames_->distance < waited) key_frames_->distance = longest_lead;
}

void Device::drop_passed(Slice& slice, Instant now, Reason reason) {
  if (!is_live() || slice.begun.every_frame || slice.ended) return;
  while (slice.next < slice.total && sample_at(slice, slice.next + 1) <= now) {
    for (AlgorithmAccount& account : slice.accounts) account.drop(reason);
    ++slice.next;
  }
}

void Device::skip_to_frame(Slice& slice, Instant came) {
  if (!is_live()) return;
  if (slice.begun.every_frame) {
    note_blind(slice);
    return;
  }
  const Stream& stream = streams_[slice.stream];
  const Duration half = stream.frame_interval / 2;
  while (slice.next < slice.total && sample_at(slice, slice.next + 1) - half <= came) {
    const Reason passed = slice.asked_late    ? Reason::overload
                          : note_blind(slice) ? Reason::stream_corrupt
                          : slice.started     ? Reason::camera_offline
                                              : passed_reason(slice, stream);
    for (AlgorithmAccount& account : slice.accounts) account.drop(passed);
    ++slice.next;
  }
}

bool Device::accept_frame(Slice& slice, const FrameReady& message, Instant now) {
  const BeginSlice& begun = slice.begun;
  const Duration planned = begun.ends_at - begun.due_at;
  const Duration interval = streams_[slice.stream].frame_interval;
  if (begun.every_frame) {
    const Duration offset = is_live() ? message.at - begun.due_at : message.media_time - begun.media_from;
    if (offset >= planned - interval / 2) return false;
    for (AlgorithmAccount& account : slice.accounts) ++account.due;
    slice.observed += interval;
    slice.last_media = message.media_time;
  } else {
    const Duration spf = seconds(begun.spf_s);
    slice.observed += std::min(spf, planned - spf * slice.next);
  }
  slice.observed = std::min(slice.observed, planned);
  if (!slice.started) {
    slice.started = true;
    slice.started_at = now;
  }
  ++slice.next;
  return true;
}

void Device::bound_endless(Slice& slice, Instant now) {
  if (slice.begun.ends_at != end_of_time) return;
  slice.begun.ends_at = std::max(now, slice.begun.due_at + Duration(1));
  const Duration span = slice.begun.ends_at - slice.begun.due_at;
  slice.observed = std::min(slice.observed, span);
  if (slice.begun.every_frame) return;
  slice.total = std::max(slice.next, static_cast<std::uint32_t>(ceil_div(span, seconds(slice.begun.spf_s))));
  for (AlgorithmAccount& account : slice.accounts) account.due = slice.total;
}

}  // namespace camfleet
