#pragma once

// Handlers of Device: templates over the executor and the plant, included by device.hpp.

#include <algorithm>
#include <cassert>

#include "actors/machines/device.hpp"

namespace camfleet {

template <class Context>
void Device::on(const Prepare& message, Context& context) {
  if (!is_live()) return;
  std::uint32_t stream = UINT32_MAX;
  streams_.for_each([&](std::uint32_t slot, const Stream& /*row*/) { stream = slot; });
  if (stream == UINT32_MAX) stream = open_stream(1, context);
  Stream& row = streams_[stream];
  const Duration kept = std::max(message.due_at - context.now(), Duration(0)) + settings_->linger;
  row.keep_until = std::max(row.keep_until, context.steady_now() + kept);
  context.set_timer_after(kept, tag(Timer::linger, {stream, streams_.use(stream)}));
}

template <class Context>
void Device::on(const BeginSlice& message, Context& context) {
  assert(message.algorithms >= 1 && message.spf_s >= 1 && message.due_at < message.ends_at);
  Slice slice;
  slice.begun = message;
  const bool endless = message.ends_at == end_of_time;
  slice.total =
      endless || message.every_frame
          ? UINT32_MAX
          : static_cast<std::uint32_t>(ceil_div(message.ends_at - message.due_at, seconds(message.spf_s)));
  slice.accounts = AccountList(message.algorithms);
  if (slice.total != UINT32_MAX) {
    for (AlgorithmAccount& account : slice.accounts) account.due = slice.total;
  }
  drop_passed(slice, context.now(), message.late);
  // Taken before the plant is asked: should that fail, the slice is known and ends in start_over.
  const std::uint32_t slot = slices_.take(std::move(slice));
  const std::uint32_t stream = open_stream(message.spf_s, context);
  slices_[slot].stream = stream;
  ++streams_[stream].users;
  if (is_live() && !endless) {
    slices_[slot].deadline = context.set_timer(message.ends_at, tag(Timer::deadline, slot_of(slot)));
  }
  ask(slot, context);
}

template <class Context>
void Device::on(const CancelSlice& message, Context& context) {
  slices_.for_each([&](std::uint32_t slot, Slice& slice) {
    if (slice.begun.instance != message.instance || slice.begun.slice != message.slice) return;
    bound_endless(slice, context.now());
    end_slice(slot, Reason::cancelled, context);
  });
}

template <class Context>
std::uint32_t Device::open_stream(std::uint32_t spf_s, Context& context) {
  std::uint32_t shared = no_stream;
  if (is_live()) streams_.for_each([&](std::uint32_t stream, const Stream& /*row*/) { shared = stream; });
  if (shared != no_stream) return shared;
  Stream row;
  row.id = StreamIx{next_stream_++};
  const StreamIx id = row.id;
  const std::uint32_t stream = streams_.take(row);
  context.plant().open(self_, id, spf_s);
  return stream;
}

template <class Context>
void Device::on(const StreamOpened& message, Context& context) {
  const std::uint32_t stream = find_stream(message.stream);
  if (stream == UINT32_MAX) return;
  Stream& row = streams_[stream];
  row.phase = Phase::open;
  row.failed_before_open = row.failures > 0;
  row.failures = 0;
  row.frame_interval = message.frame_interval;
  if (key_frames_) key_frames_->blind_from = key_frames_->blind_until = end_of_time;
  slices_.for_each([&](std::uint32_t slot, Slice& slice) {
    if (slice.stream != stream) return;
    slice.held_back = false;
    drop_passed(slice, context.now(), passed_reason(slice, streams_[stream]));
    ask(slot, context);
  });
}

template <class Context>
void Device::on(const StreamMeasured& message, Context& context) {
  const std::uint32_t stream = find_stream(message.stream);
  if (stream == UINT32_MAX) return;
  streams_[stream].frame_interval = message.frame_interval;
  if (!key_frames_) key_frames_ = std::make_unique<KeyFrames>();
  KeyFrames& keys = *key_frames_;
  if (message.key_distance > Duration(0)) keys.distance = message.key_distance;
  const bool was_blind = keys.blind_from != end_of_time && keys.blind_until == end_of_time;
  if (message.waits_for_key == was_blind) return;
  if (message.waits_for_key) keys.blind_from = context.now();
  keys.blind_until = message.waits_for_key ? end_of_time : context.now();
}

template <class Context>
void Device::on(const StreamFailed& message, Context& context) {
  const std::uint32_t stream = find_stream(message.stream);
  if (stream != UINT32_MAX) stream_failed(stream, message.reason, context);
}

template <class Context>
void Device::stream_failed(std::uint32_t stream, Reason fault, Context& context) {
  Stream& row = streams_[stream];
  row.fault = fault;
  if (!is_live()) {
    slices_.for_each([&](std::uint32_t slot, const Slice& slice) {
      if (slice.stream == stream) end_slice(slot, fault, context);
    });
    return;
  }
  if (row.phase != Phase::opening) context.plant().close(self_, row.id);
  row.phase = Phase::waiting;
  slices_.for_each([&](std::uint32_t /*slot*/, Slice& slice) { slice.reading = false; });
  const Duration doubled = settings_->retry_first * (std::int64_t{1} << row.failures);
  const Duration pause = std::min(settings_->retry_most, doubled);
  constexpr std::uint8_t most_doublings = 20;
  if (row.failures < most_doublings) ++row.failures;
  const Duration jitter(
      static_cast<std::int64_t>(context.random(static_cast<std::uint64_t>(pause.count() / 2))));
  context.set_timer_after(pause - pause / 4 + jitter, tag(Timer::retry, {stream, streams_.use(stream)}));
}

template <class Context>
void Device::ask(std::uint32_t slot, Context& context) {
  Slice& slice = slices_[slot];
  if (slice.reading) return;
  const Stream& stream = streams_[slice.stream];
  // Unless the analyzer was waited for, the clock has been put forward.
  if (stream.phase == Phase::open)
    drop_passed(slice, context.now(), slice.held_back ? Reason::overload : Reason::late_start);
  if (slice.ended || slice.next >= slice.total) {
    finish_if_through(slot, context);
    return;
  }
  const std::uint32_t credit = is_live() ? settings_->credit : settings_->recorded_credit;
  const bool has_credit = slice.outstanding < credit * slice.accounts.size();
  if (stream.phase != Phase::open) return;
  if (!has_credit) {
    slice.held_back = true;
    return;
  }
  ReadRequest request{stream.id, slot_of(slot), slice.next, {}, {}, slice.begun.every_frame};
  if (slice.begun.every_frame) {
    const bool first = slice.next == 0;
    const Duration next = first ? slice.begun.media_from : slice.last_media + stream.frame_interval;
    request.target = is_live() ? Duration(0) : slice.begun.media_from;
    request.not_before =
        is_live() ? slice.begun.due_at : slice.begun.due_at + (next - slice.begun.media_from);
  } else {
    request.not_before = sample_at(slice, slice.next);
    request.target =
        is_live() ? Duration(0) : slice.begun.media_from + seconds(slice.begun.spf_s) * slice.next;
  }
  slice.asked_late = slice.held_back && request.not_before < context.now();
  slice.held_back = false;
  slice.reading = true;
  context.plant().read(self_, request);
}

template <class Context>
void Device::on(const FrameReady& message, Context& context) {
  const bool expected = slices_.holds(message.slot.slot, message.slot.use) &&
                        !slices_[message.slot.slot].ended && slices_[message.slot.slot].reading &&
                        slices_[message.slot.slot].next == message.sample;
  if (!expected) {
    context.plant().release(message.frame);
    return;
  }
  const std::uint32_t slot = message.slot.slot;
  Slice& slice = slices_[slot];
  slice.reading = false;
  skip_to_frame(slice, message.at);
  const std::uint32_t sample = slice.next;
  if (sample >= slice.total || !accept_frame(slice, message, context.now())) {
    context.plant().release(message.frame);
    end_slice(slot, Reason::none, context);
    return;
  }
  const auto algorithms = static_cast<std::uint8_t>(slice.accounts.size());
  slice.outstanding += algorithms;
  for (std::uint8_t algorithm = 0; algorithm < algorithms; ++algorithm) {
    if (algorithm > 0) context.plant().retain(message.frame);
    // When it was filmed, however late it comes; of footage its place, also when that is analysed again.
    const Instant taken =
        is_live() ? message.at : slice.begun.due_at + (message.media_time - slice.begun.media_from);
    const Instant at = slice.begun.every_frame ? taken : sample_at(slice, sample);
    context.send(at_place(place_, actor(analyzer_)),
                 Sample{slice.begun.instance, self_, message.slot, sample, message.frame, algorithm,
                        is_live(), slice.begun.slice_due_at, at, is_live() ? taken : at});
  }
  ask(slot, context);
}

template <class Context>
void Device::on(const ReadFailed& message, Context& context) {
  if (!slices_.holds(message.slot.slot, message.slot.use)) return;
  const std::uint32_t slot = message.slot.slot;
  Slice& slice = slices_[slot];
  if (slice.ended || !slice.reading || slice.next != message.sample) return;
  slice.reading = false;
  switch (message.loss) {
    case ReadLoss::lost:
      if (slice.begun.every_frame) {
        slice.fault = message.reason;
      } else {
        for (AlgorithmAccount& account : slice.accounts) account.drop(message.reason);
      }
      ++slice.next;
      tell_progress(slot, context);
      ask(slot, context);
      return;
    case ReadLoss::ended:
      end_slice(slot, message.reason, context);
      return;
    case ReadLoss::broken:
      stream_failed(slice.stream, message.reason, context);
      return;
  }
}

template <class Context>
void Device::on(const SampleDone& message, Context& context) {
  if (!slices_.holds(message.slot.slot, message.slot.use)) return;
  Slice& slice = slices_[message.slot.slot];
  AlgorithmAccount& account = slice.accounts[message.algorithm];
  switch (message.verdict) {
    case Verdict::analysed:
      ++account.analysed;
      break;
    case Verdict::gated:
      ++account.gated;
      break;
    case Verdict::failed:
      account.drop(Reason::analysis_failed);
      break;
    case Verdict::overload:
      account.drop(Reason::overload);
      break;
    case Verdict::store_behind:
      account.drop(Reason::store_behind);
      break;
  }
  assert(slice.outstanding > 0);
  --slice.outstanding;
  tell_progress(message.slot.slot, context);
  ask(message.slot.slot, context);
}

template <class Context>
void Device::tell_progress(std::uint32_t slot, Context& context) {
  Slice& slice = slices_[slot];
  if (!slice.begun.progress || slice.ended || context.steady_now() < slice.told_at + seconds(1)) return;
  // Footage goes on elsewhere at one sample for all algorithms.
  if (!is_live() && slice.outstanding > 0) return;
  slice.told_at = context.steady_now();
  send_accounts(slice, context);
  context.send(actor(slice.begun.instance),
               SliceProgress{slice.begun.slice, slice.started, slice.started_at, slice.observed});
}

template <class Context>
void Device::send_accounts(const Slice& slice, Context& context) {
  for (std::size_t i = 0; i < slice.accounts.size(); ++i) {
    tell_account(slice.begun.slice, static_cast<std::uint8_t>(i), slice.accounts[i],
                 [&](const SliceAccount& message) { context.send(actor(slice.begun.instance), message); });
  }
}

template <class Context>
void Device::end_slice(std::uint32_t slot, Reason fault, Context& context) {
  Slice& slice = slices_[slot];
  if (slice.ended) return;
  slice.ended = true;
  slice.reading = false;
  if (fault != Reason::none) slice.fault = fault;
  finish_if_through(slot, context);
}

template <class Context>
void Device::finish_if_through(std::uint32_t slot, Context& context) {
  const Slice& slice = slices_[slot];
  if (slice.outstanding == 0 && !slice.reading) finish(slot, context);
}

template <class Context>
void Device::finish(std::uint32_t slot, Context& context) {
  Slice& slice = slices_[slot];
  const BeginSlice& begun = slice.begun;
  learn_distance(slice, context.now());
  for (AlgorithmAccount& account : slice.accounts) {
    const auto open = static_cast<std::uint32_t>(account.due - account.accounted());
    if (open > 0) account.drop(slice.fault, open);
  }
  send_accounts(slice, context);
  const bool has_stream = slice.stream != no_stream;
  const Reason fault = slice.fault != Reason::none || !has_stream ? slice.fault
                       : slice.missed_key                         ? Reason::stream_corrupt
                                          : passed_reason(slice, streams_[slice.stream]);
  context.send(actor(begun.instance), SliceDone{begun.slice, fault, slice.started, lead_s(), slice.started_at,
                                                context.now(), begun.ends_at - begun.due_at, slice.observed});
  if (is_live()) context.cancel_timer(slice.deadline);
  const std::uint32_t stream = slice.stream;
  slices_.give_back(slot);
  if (has_stream) leave_stream(stream, context);
}

template <class Context>
void Device::slice_overdue(std::uint32_t slot, Context& context) {
  Slice& slice = slices_[slot];
  const Stream& stream = streams_[slice.stream];
  const bool may_come = slice.outstanding > 0 || (slice.reading && stream.phase == Phase::open);
  if (may_come && !slice.is_overdue) {
    slice.is_overdue = true;
    slice.deadline = context.set_timer_after(settings_->answer_grace, tag(Timer::deadline, slot_of(slot)));
    return;
  }
  // Frames that never came are the camera's, answers that never came the analyzer's.
  slice.ended = true;
  const bool is_blind = slice.next < slice.total && note_blind(slice);
  slice.fault = slice.outstanding > 0 ? Reason::overload
                : is_blind            ? Reason::stream_corrupt
                                      : passed_reason(slice, stream);
  finish(slot, context);
}

template <class Context>
void Device::start_over(Context& context) {
  slices_.for_each([&](std::uint32_t slot, Slice& slice) {
    bound_endless(slice, context.now());
    slice.ended = true;
    slice.fault = Reason::node_lost;
    finish(slot, context);
  });
  close_streams(context);
}

template <class Context>
void Device::on(const Fence& /*message*/, Context& context) {
  slices_.for_each([&](std::uint32_t slot, const Slice& slice) {
    if (is_live() && slice.begun.ends_at != end_of_time) context.cancel_timer(slice.deadline);
    slices_.give_back(slot);
  });
  close_streams(context);
}

template <class Context>
void Device::close_streams(Context& context) {
  streams_.for_each([&](std::uint32_t stream, const Stream& row) {
    const bool is_open = row.phase != Phase::waiting;
    const StreamIx id = row.id;
    streams_.give_back(stream);
    if (is_open) context.plant().close(self_, id);
  });
}

template <class Context>
void Device::leave_stream(std::uint32_t stream, Context& context) {
  Stream& row = streams_[stream];
  if (row.users > 0) --row.users;
  if (row.users > 0 || context.steady_now() < row.keep_until) return;
  if (row.phase != Phase::waiting) context.plant().close(self_, row.id);
  streams_.give_back(stream);
}

template <class Context>
void Device::on(const TimerFired& message, Context& context) {
  const auto timer = static_cast<Timer>(message.tag >> 56U);
  const auto slot = static_cast<std::uint32_t>((message.tag >> 32U) & 0xFFFFFFU);
  const auto use = static_cast<std::uint32_t>(message.tag);
  if (timer == Timer::deadline) {
    if (slices_.holds(slot, use)) slice_overdue(slot, context);
    return;
  }
  if (!streams_.holds(slot, use)) return;
  Stream& row = streams_[slot];
  if (timer == Timer::linger) {
    if (row.users == 0) leave_stream(slot, context);
    return;
  }
  if (row.phase != Phase::waiting) return;
  if (row.users == 0 && context.steady_now() >= row.keep_until) {
    leave_stream(slot, context);
    return;
  }
  // A new number: late answers of the old connection are recognised.
  row.id = StreamIx{next_stream_++};
  row.phase = Phase::opening;
  context.plant().open(self_, row.id, 1);
}

}  // namespace camfleet
