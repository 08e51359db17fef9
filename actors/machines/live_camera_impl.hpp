#pragma once

// Handlers of LiveCamera: templates over the executor and the plant, included by live_camera.hpp.

#include <algorithm>
#include <cassert>
#include <utility>

#include "actors/machines/live_camera.hpp"

namespace camfleet {

template <class Context>
void LiveCamera::on(const Prepare& message, Context& context) {
  want_stream();
  open_stream(context);
  const Duration kept = std::max(message.due_at - context.now(), Duration(0)) + settings_->linger;
  stream_.keep_until = std::max(stream_.keep_until, context.steady_now() + kept);
  context.set_timer_after(kept, stream_timer(Timer::linger));
}

template <class Context>
void LiveCamera::on(const BeginSlice& message, Context& context) {
  Slice begun(message);
  drop_passed(begun, context.now(), message.late);
  // Taken before the plant is asked: should that fail, the slice is known and ends in start_over.
  const std::uint32_t slot = slices_.take(std::move(begun));
  want_stream();
  open_stream(context, message.spf_s);
  Slice& slice = slices_[slot];
  slice.has_stream = true;
  ++stream_.users;
  if (!slice.plan.is_endless()) {
    const SliceSlot named = slot_of(slot);
    slice.deadline = context.set_timer(message.ends_at, timer_tag(Timer::deadline, named.slot, named.use));
  }
  ask(slot, context);
}

template <class Context>
void LiveCamera::on(const CancelSlice& message, Context& context) {
  slices_.for_each([&](std::uint32_t slot, Slice& slice) {
    if (!slice.is(message)) return;
    slice.end_endless(context.now());
    end(slot, Reason::cancelled, context);
  });
}

template <class Context>
void LiveCamera::on(const LeaveSlice& message, Context& context) {
  slices_.for_each([&](std::uint32_t slot, Slice& slice) {
    if (!slice.is(message) || slice.has_ended) return;
    slice.is_leaving = true;
    if (slice.can_leave()) leave(slot, context);
  });
}

template <class Context>
void LiveCamera::open_stream(Context& context, std::uint32_t spf_s) {
  if (stream_.phase != Phase::closed) return;
  stream_.phase = Phase::opening;
  stream_.id = StreamIx{next_stream_++};
  context.plant().open(self_, stream_.id, spf_s);
}

template <class Context>
void LiveCamera::on(const StreamOpened& message, Context& context) {
  if (!stream_.is(message.stream)) return;
  stream_.phase = Phase::open;
  stream_.failed_before_open = stream_.failures > 0;
  stream_.failures = 0;
  stream_.frame_interval = message.frame_interval;
  if (key_frames_) key_frames_->blind_from = key_frames_->blind_until = end_of_time;
  slices_.for_each([&](std::uint32_t slot, Slice& slice) {
    slice.is_held_back = false;
    drop_passed(slice, context.now(), passed_reason(slice));
    ask(slot, context);
  });
}

template <class Context>
void LiveCamera::on(const StreamMeasured& message, Context& context) {
  if (stream_.is(message.stream)) note_measured(message, context.now());
}

template <class Context>
void LiveCamera::on(const StreamFailed& message, Context& context) {
  if (stream_.is(message.stream)) stream_failed(message.reason, context);
}

template <class Context>
void LiveCamera::stream_failed(Reason fault, Context& context) {
  stream_.fault = fault;
  if (stream_.phase != Phase::opening) context.plant().close(self_, stream_.id);
  stream_.phase = Phase::waiting;
  slices_.for_each([&](std::uint32_t /*slot*/, Slice& slice) { slice.is_reading = false; });
  const Duration pause = pause_before_retry([&](std::uint64_t bound) { return context.random(bound); });
  context.set_timer_after(pause, stream_timer(Timer::retry));
}

template <class Chance>
Duration LiveCamera::pause_before_retry(const Chance& chance) {
  const Duration doubled = settings_->retry_first * (std::int64_t{1} << stream_.failures);
  const Duration pause = std::min(settings_->retry_most, doubled);
  constexpr std::uint8_t most_doublings = 20;
  if (stream_.failures < most_doublings) ++stream_.failures;
  const Duration jitter(static_cast<std::int64_t>(chance(static_cast<std::uint64_t>(pause.count() / 2))));
  return pause - pause / 4 + jitter;
}

template <class Context>
void LiveCamera::ask(std::uint32_t slot, Context& context) {
  Slice& slice = slices_[slot];
  if (slice.is_reading || (slice.is_leaving && !slice.has_ended)) return;
  // Unless the analyzer was waited for, the clock has been put forward.
  if (stream_.phase == Phase::open)
    drop_passed(slice, context.now(), slice.is_held_back ? Reason::overload : Reason::late_start);
  if (slice.is_done()) return finish_if_through(slot, context);
  if (stream_.phase != Phase::open) return;
  if (!slice.has_credit(settings_->credit)) {
    slice.is_held_back = true;
    return;
  }
  const bool every_frame = slice.plan.is_every_frame();
  const Instant not_before = every_frame ? slice.plan.due_at() : slice.plan.at(slice.plan.next());
  slice.asked_late = slice.is_held_back && not_before < context.now();
  slice.is_held_back = false;
  slice.is_reading = true;
  context.plant().read(self_, {.stream = stream_.id,
                               .slot = slot_of(slot),
                               .sample = slice.plan.next(),
                               .not_before = not_before,
                               .every_frame = every_frame});
}

template <class Context>
void LiveCamera::on(const FrameReady& message, Context& context) {
  Slice* slice = find(message.slot);
  if (slice == nullptr || slice->has_ended || slice->is_leaving || !slice->awaits(message.sample))
    return context.plant().release(message.frame);
  slice->is_reading = false;
  skip_to_frame(*slice, message.at);
  const std::uint32_t sample = slice->plan.next();
  const Duration offset = message.at - slice->plan.due_at();
  if (slice->plan.is_through() ||
      !slice->take(offset, stream_.frame_interval, message.media_time, context.now())) {
    context.plant().release(message.frame);
    return end(message.slot.slot, Reason::none, context);
  }
  send_samples(*slice,
               {.instance = slice->instance,
                .device = self_,
                .slot = message.slot,
                .sample = sample,
                .frame = message.frame,
                .algorithm = 0,
                .may_give_way = true,
                .due_at = slice->slice_due_at,
                .at = slice->plan.is_every_frame() ? message.at : slice->plan.at(sample),
                .frame_at = message.at},
               analyzer_, context);
  ask(message.slot.slot, context);
}

template <class Context>
void LiveCamera::on(const ReadFailed& message, Context& context) {
  Slice* slice = find(message.slot);
  if (slice == nullptr || slice->has_ended || !slice->awaits(message.sample)) return;
  slice->is_reading = false;
  switch (message.loss) {
    case ReadLoss::lost:
      slice->lose_next(message.reason);
      slice->tell_progress(analyzer_.place(), context);
      return ask(message.slot.slot, context);
    case ReadLoss::ended:
      return end(message.slot.slot, message.reason, context);
    case ReadLoss::broken:
      return stream_failed(message.reason, context);
  }
}

template <class Context>
void LiveCamera::on(const SampleDone& message, Context& context) {
  Slice* slice = find(message.slot);
  if (slice == nullptr) return;
  slice->count(message);
  if (slice->can_leave()) return leave(message.slot.slot, context);
  slice->tell_progress(analyzer_.place(), context);
  ask(message.slot.slot, context);
}

template <class Context>
void LiveCamera::end(std::uint32_t slot, Reason why, Context& context) {
  Slice& slice = slices_[slot];
  if (slice.has_ended) return;
  slice.end(why);
  finish_if_through(slot, context);
}

template <class Context>
void LiveCamera::finish_if_through(std::uint32_t slot, Context& context) {
  if (slices_[slot].is_through()) finish(slot, context);
}

template <class Context>
void LiveCamera::finish(std::uint32_t slot, Context& context) {
  Slice& slice = slices_[slot];
  learn_distance(slice, context.now());
  const SliceDone done = slice.close(reason_of(slice), lead_s(), analyzer_.place(), context.now());
  slice.tell_accounts(analyzer_.place(), context);
  context.send(actor(slice.instance), done);
  drop(slot, context);
}

template <class Context>
void LiveCamera::leave(std::uint32_t slot, Context& context) {
  if (stream_.is_given_up) return hang_up(context);
  tell_left(slot, context);
}

template <class Context>
void LiveCamera::tell_left(std::uint32_t slot, Context& context) {
  slices_[slot].tell_left(analyzer_.place(), context);
  drop(slot, context);
}

template <class Context>
void LiveCamera::on(const LeaveStream& /*message*/, Context& context) {
  stream_.is_given_up = true;
  stream_.keep_until = Instant::min();
  // Also those whose instance has nobody else to go on with them.
  slices_.for_each([&](std::uint32_t /*slot*/, Slice& slice) {
    if (!slice.has_ended) slice.is_leaving = true;
  });
  if (stream_.users == 0) return leave_stream(context);
  hang_up(context);
}

template <class Context>
void LiveCamera::hang_up(Context& context) {
  bool is_awaited = false;
  bool is_kept = false;
  slices_.for_each([&](std::uint32_t /*slot*/, const Slice& slice) {
    is_awaited |= !slice.can_leave();
    is_kept |= !slice.is_leaving && !slice.has_ended;
  });
  if (stream_.phase == Phase::closed || (is_awaited && !is_kept)) return;
  if (!is_kept) {
    if (stream_.phase != Phase::waiting) context.plant().close(self_, stream_.id);
    stream_.phase = Phase::closed;
    ++stream_.use;
    slices_.for_each([&](std::uint32_t /*slot*/, Slice& slice) { slice.is_reading = false; });
  }
  context.set_timer_after(settings_->hang_up, stream_timer(Timer::hung_up));
}

template <class Context>
void LiveCamera::drop(std::uint32_t slot, Context& context) {
  const Slice& slice = slices_[slot];
  context.cancel_timer(slice.deadline);
  const bool has_stream = slice.has_stream;
  slices_.give_back(slot);
  if (!has_stream) return;
  --stream_.users;
  leave_stream(context);
  want_stream();
  if (stream_.is_given_up) hang_up(context);
}

template <class Context>
void LiveCamera::slice_overdue(std::uint32_t slot, Context& context) {
  Slice& slice = slices_[slot];
  if (may_come(slice) && !slice.is_overdue) {
    slice.is_overdue = true;
    const SliceSlot named = slot_of(slot);
    slice.deadline =
        context.set_timer_after(settings_->answer_grace, timer_tag(Timer::deadline, named.slot, named.use));
    return;
  }
  // Frames that never came are the camera's, answers that never came the analyzer's.
  slice.has_ended = true;
  const bool is_blind = !slice.plan.is_through() && note_blind(slice);
  slice.fault = slice.outstanding > 0 ? Reason::overload
                : is_blind            ? Reason::stream_corrupt
                                      : passed_reason(slice);
  finish(slot, context);
}

template <class Context>
void LiveCamera::start_over(Context& context) {
  slices_.for_each([&](std::uint32_t slot, Slice& slice) {
    slice.end_endless(context.now());
    slice.has_ended = true;
    slice.fault = Reason::node_lost;
    finish(slot, context);
  });
  close_stream(context);
}

template <class Context>
void LiveCamera::on(const Fence& /*message*/, Context& context) {
  slices_.for_each([&](std::uint32_t slot, const Slice& slice) {
    context.cancel_timer(slice.deadline);
    slices_.give_back(slot);
  });
  close_stream(context);
}

template <class Context>
void LiveCamera::close_stream(Context& context) {
  const Stream closed = std::exchange(stream_, Stream());
  stream_.use = closed.use + 1;
  if (closed.phase == Phase::opening || closed.phase == Phase::open) context.plant().close(self_, closed.id);
}

template <class Context>
void LiveCamera::leave_stream(Context& context) {
  if (stream_.users == 0 && context.steady_now() >= stream_.keep_until) close_stream(context);
}

template <class Context>
void LiveCamera::on(const TimerFired& message, Context& context) {
  if (is_kind(message.tag, Timer::deadline)) {
    if (find({message.tag.number, message.tag.use}) != nullptr) slice_overdue(message.tag.number, context);
    return;
  }
  if (message.tag.use != stream_.use) return;
  if (is_kind(message.tag, Timer::hung_up)) {
    slices_.for_each([&](std::uint32_t slot, const Slice& slice) {
      if (slice.can_leave()) tell_left(slot, context);
    });
    return;
  }
  if (stream_.phase == Phase::closed) return;
  if (is_kind(message.tag, Timer::linger)) return leave_stream(context);
  if (stream_.phase != Phase::waiting) return;
  if (stream_.users == 0 && context.steady_now() >= stream_.keep_until) return close_stream(context);
  // A new number: late answers of the old connection are recognised.
  stream_.id = StreamIx{next_stream_++};
  stream_.phase = Phase::opening;
  context.plant().open(self_, stream_.id, 1);
}

}  // namespace camfleet
