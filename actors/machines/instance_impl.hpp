#pragma once

// Handlers of Instance: templates over the executor and the plant, included by instance.hpp.

#include <algorithm>
#include <cassert>
#include <functional>

#include "actors/machines/instance.hpp"

namespace camfleet {

template <class Context>
void Instance::on(const OpenWindow& message, Context& context) {
  const bool whole = message.closes == end_of_time && !entry().spec.polling;
  const RoundCursor cursor(
      plan_of(entry(), *roster_, {message.opens, message.closes, message.listed}, message.until));
  const bool prepares = lead_of(entry(), *roster_) > Duration(0);
  walks_.push_back({cursor, cursor, prepares, whole, message.accounted_until, message.down_until,
                    message.settled_from, message.settled_to});
  ++opened_;
  pump(context);
}

template <class Context>
void Instance::on(const TimerFired& /*message*/, Context& context) {
  timer_ = no_timer;
  if (waiting_ > 0) end_waiting(context);
  if (!rare().leaving.empty()) end_leaving(context);
  pump(context);
}

template <class Context>
void Instance::start_over(Context& context) {
  skip_what_failed();
  context.cancel_timer(timer_);
  timer_ = no_timer;
  if (walks_.empty() && waiting_ == 0) return report_if_through(context);
  timer_ = context.set_timer(context.now() + Duration(1), {});
}

template <class Context>
void Instance::pump(Context& context) {
  end_hold(context.now());
  for (Walk& walk : walks_) {
    if (!is_stopped_) prepare_ahead(walk, context);
    begin_due(walk, context);
  }
  while (!rare().early.empty() && rare().early.front().at <= context.now()) {
    std::vector<Early>& early = rare_->early;
    prepare(early.front().slice, context);
    std::ranges::pop_heap(early, std::greater<>());
    early.pop_back();
  }
  drop_finished_walks();
  arm(context);
  report_if_through(context);
}

template <class Context>
void Instance::arm(Context& context) {
  context.cancel_timer(timer_);
  timer_ = no_timer;
  Instant next = rare().is_held ? rare().asks_again_at : end_of_time;
  if (!rare().is_held) {
    for (const Walk& walk : walks_) next = std::min(next, wake_of(walk));
  }
  if (!rare().early.empty()) next = std::min(next, rare().early.front().at);
  for (const Leaving& one : rare().leaving) next = std::min(next, one.at);
  if (waiting_ > 0) {
    running_.for_each([&](std::uint32_t /*slot*/, const RunningSlice& slice) {
      if (!slice.place) next = std::min(next, waits_until(slice));
    });
  }
  if (next != end_of_time) timer_ = context.set_timer(next, {});
}

template <class Context>
void Instance::begin_due(Walk& walk, Context& context) {
  const Instant until = std::min(context.now(), rare().stopped_at);
  // Of two walks the later one waits for the one before it.
  while (!rare().is_held && walk.cursor.peek() && walk.cursor.peek()->begins <= until) {
    const PlannedSlice slice = fitted(walk);
    const Duration media = media_from(walk, slice);
    const bool is_accounted_for = walk.is_accounted_for();
    const auto has_row = take_recalled(slice);
    const bool is_known = has_row ? *has_row : is_accounted_for || is_gone(slice);
    if (!is_known && !has_row && !declare(walk, slice, context)) return hold(context.now());
    walk.cursor.advance();
    if (!is_known) begin(slice, media, late_reason(walk, slice), has_row.has_value(), context);
  }
}

template <class Context>
void Instance::prepare_ahead(Walk& walk, Context& context) {
  while (walk.prepares && walk.ahead.peek() && walk.ahead.peek()->begins - lead() <= context.now()) {
    const PlannedSlice& slice = *walk.ahead.peek();
    const Instant at = slice.begins - lead_at(slice.device);
    if (at <= context.now()) {
      prepare(slice, context);
    } else {
      std::vector<Early>& early = make_rare().early;
      early.push_back({at, slice});
      std::ranges::push_heap(early, std::greater<>());
    }
    walk.ahead.advance();
  }
}

template <class Context>
void Instance::prepare(const PlannedSlice& slice, Context& context) {
  const DeviceIx device = entry().devices[slice.device];
  const bool pulled =
      mode_of(slice.device) == DeviceMode::pulled && (*roster_)[device].kind == DeviceKind::live;
  const std::optional<Place> place = placed_at(slice.device, slice.begins).place;
  if (pulled && place && slice.begins > context.now())
    context.send(at_place(*place, actor(device)), Prepare{self_, slice.begins, slice.ends});
}

template <class Context>
bool Instance::declare(Walk& walk, const PlannedSlice& planned, Context& context) {
  const SliceKey key{self_, entry().devices[planned.device], planned.begins};
  const Duration span = planned.ends == end_of_time ? Duration(0) : planned.ends - planned.begins;
  walk.is_declaring = true;
  const bool is_taken = context.plant().slice_due(key, span);
  walk.is_declaring = false;
  return is_taken;
}

template <class Context>
void Instance::begin(const PlannedSlice& planned, Duration media_from, Reason late, bool is_recalled,
                     Context& context) {
  const DeviceIx device = entry().devices[planned.device];
  const SliceKey key{self_, device, planned.begins};
  const Instant now = context.now();
  // That it was due may not have been written down.
  const bool may_have_begun = is_recalled || late == Reason::scheduler_down;
  const auto write_off = [&](Reason reason) {
    // One without an end lasted until now.
    const Instant ends = planned.ends == end_of_time ? std::max(now, planned.begins) : planned.ends;
    SliceRow row = row_without_samples(*roster_, key, ends - planned.begins, reason, now, node_);
    row.cut = planned.cut;
    if (may_have_begun) give_up_all(row);
    context.plant().slice_ended(row);
  };
  const DeviceMode mode = mode_of(planned.device);
  if (mode == DeviceMode::removed) return write_off(Reason::cancelled);
  if (is_stopped_) return write_off(late);
  if (mode == DeviceMode::off) return write_off(Reason::stream_off);
  const bool live = (*roster_)[device].kind == DeviceKind::live;
  const bool may_be_kept = is_recalled && roster_->has_placement();
  if (live && now >= planned.ends && !may_be_kept) return write_off(late);
  RunningSlice slice;
  slice.key = key;
  slice.due_at = planned.begins;
  slice.ends_at = planned.ends;
  slice.media_from = media_from;
  slice.late = late;
  slice.position = planned.device;
  slice.cut = planned.cut;
  const std::uint32_t slot = running_.take(std::move(slice));
  if (may_have_begun) running_[slot].make_journey().had_begun = true;
  if (may_be_kept) {
    const bool is_told = planned.device < rare().places.size() && rare().places[planned.device].is_told;
    running_[slot].make_journey().asked_until = is_told ? now : end_of_time;
    if (const SliceSoFar* so_far = context.plant().slice_so_far(key)) running_[slot].recall(*so_far);
  }
  const auto kept = rare_ ? rare_->kept.extract({key.due_at, device}) : decltype(Rare::kept)::node_type();
  if (kept.empty()) return dispatch(slot, context);
  ++waiting_;
  adopt(slot, kept.mapped(), context);
}

template <class Context>
void Instance::on(const RecallSlice& message, Context& /*context*/) {
  make_rare().recalled[{message.due_at, message.device}] = message.has_row;
}

template <class Context>
void Instance::drop_rest(std::uint32_t slot, Reason reason, Context& context) {
  RunningSlice& slice = running_[slot];
  slice.drop_rest(reason, context.now(), cadence_of(slice.position), entry().algorithms.size());
  SliceRow row;
  row.ended_at = context.now();
  row.fault = reason;
  if (slice.journey && slice.journey->last_place) row.node = process_at(*slice.journey->last_place);
  write(slot, std::move(row), context);
}

template <class Context>
void Instance::on(const SliceAccount& message, Context& context) {
  RunningSlice* slice = find(message.slice, message.from);
  const std::size_t algorithms = entry().algorithms.size();
  if (slice == nullptr || message.algorithm >= algorithms)
    return context.plant().answer_dropped(message.from);
  take_account(message, slice->accounts_of(algorithms)[message.algorithm]);
}

template <class Context>
void Instance::on(const SliceProgress& message, Context& context) {
  RunningSlice* slice = find(message.slice, message.from);
  if (slice == nullptr) return context.plant().answer_dropped(message.from);
  slice->make_journey().progress = message;
  if (!message.has_left || slice->place == home_place) return;
  const bool is_alone = (*roster_)[slice->key.device].takes_one_connection;
  const char* why = is_alone && !rare().drained.contains(*slice->place) ? "moved" : "drained";
  move_on(message.slice.value & ((1U << slot_bits) - 1), why, context);
  report_if_through(context);
}

template <class Context>
void Instance::on(const SliceDone& message, Context& context) {
  const RunningSlice* slice = find(message.slice, message.from);
  if (slice == nullptr) return context.plant().answer_dropped(message.from);
  SliceRow row;
  if (message.started) row.started_at = message.started_at;
  row.ended_at = message.ended_at;
  row.planned = message.planned;
  row.observed = message.observed;
  row.fault = message.fault;
  const Instant ends = std::max(slice->key.due_at, message.ended_at);
  if (message.open_from < ends)
    row.given_up.push_back({std::max(message.open_from, slice->key.due_at), ends});
  row.node = process_at(*slice->place);
  const Duration lead_before = lead();
  keep_lead(slice->position, message.lead_s);
  write(message.slice.value & ((1U << slot_bits) - 1), std::move(row), context);
  // The next slices may have to be prepared earlier than the timer is set for.
  if (lead() > lead_before) return pump(context);
  report_if_through(context);
}

template <class Context>
void Instance::write(std::uint32_t slot, SliceRow row, Context& context) {
  RunningSlice slice = std::move(running_[slot]);
  running_.give_back(slot);
  row.key = slice.key;
  row.cut = slice.cut;
  row.algorithms = std::move(slice.accounts_of(entry().algorithms.size()));
  if (slice.place) context.plant().slice_left(row.key, *slice.place, count_of(row.algorithms));
  slice.complete(row);
  const Cadence cadence = cadence_of(slice.position);
  if (slice.journey && cadence.is_live && slice.journey->had_begun)
    give_up_until_start(row, slice.due_at, cadence);
  // Footage is looked at again, but less may come of it than came of it before.
  if (slice.journey && !cadence.is_live && (slice.journey->had_begun || slice.journey->last_place))
    give_up_rest(row, cadence);
  // The executor's single nanoseconds order messages; the account starts at microseconds.
  const auto rounded = [&](Instant at) {
    return std::max<Instant>(std::chrono::floor<std::chrono::microseconds>(at), row.key.due_at);
  };
  if (row.started_at) row.started_at = rounded(*row.started_at);
  // A clock that is put back does not end a slice before its start.
  row.ended_at = std::max(rounded(row.ended_at), row.started_at.value_or(row.key.due_at));
  for (SlicePart& part : row.parts) {
    part.from = rounded(part.from);
    part.to = rounded(part.to);
  }
  row.verdict = judge(row);
  context.plant().slice_ended(row);
}

template <class Context>
void Instance::on(const StopInstance& /*message*/, Context& context) {
  // What became due since the last timer was due before the end.
  end_hold(context.now());
  for (Walk& walk : walks_) begin_due(walk, context);
  is_stopped_ = true;
  if (rare().is_held)
    rare_->stopped_at = context.now();
  else
    walks_.clear();
  if (rare_) rare_->early.clear();
  running_.for_each([&](std::uint32_t slot, const RunningSlice& /*slice*/) { cancel(slot, context); });
  arm(context);
  report_if_through(context);
}

template <class Context>
void Instance::on(const SwitchDevice& message, Context& context) {
  const std::vector<DeviceIx>& devices = entry().devices;
  const auto known = std::ranges::find(devices, message.device);
  assert(known != devices.end());
  std::vector<DeviceMode>& modes = make_rare().modes;
  for (auto i = static_cast<std::uint32_t>(modes.size()); i < devices.size(); ++i)
    modes.push_back(mode_of(i));
  DeviceMode& mode = modes[static_cast<std::size_t>(known - devices.begin())];
  if (mode != DeviceMode::removed) mode = message.mode;
  if (mode == DeviceMode::removed && rare().is_held)
    rare_->removed_at.emplace(static_cast<std::uint32_t>(known - devices.begin()), context.now());
  if (mode == DeviceMode::pulled) return;
  running_.for_each([&](std::uint32_t slot, const RunningSlice& slice) {
    if (slice.key.device == message.device) cancel(slot, context);
  });
  arm(context);
  report_if_through(context);
}

template <class Context>
void Instance::cancel(std::uint32_t slot, Context& context) {
  RunningSlice& slice = running_[slot];
  slice.is_cancelled = true;
  if (slice.place) {
    context.send(at_place(*slice.place, actor(slice.key.device)), CancelSlice{self_, name_of(slot)});
    return;
  }
  --waiting_;
  drop_rest(slot, Reason::cancelled, context);
}

template <class Context>
void Instance::report_if_through(Context& context) {
  if ((opened_ == 0 && !is_stopped_) || !walks_.empty() || !running_.empty()) return;
  context.send(the_scheduler, WindowsDone{self_, opened_, rare().longest_lead_s, is_stopped_});
  opened_ = 0;
  // The next instance of this number finds it as if new.
  if (std::exchange(is_stopped_, false)) rare_.reset();
}

}  // namespace camfleet
