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
  pump(context);
}

template <class Context>
void Instance::start_over(Context& context) {
  skip_what_failed();
  context.cancel_timer(timer_);
  timer_ = no_timer;
  if (walks_.empty() && waiting_ == 0) return report_if_through(context);
  timer_ = context.set_timer(context.now() + Duration(1), 0);
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
  if (waiting_ > 0) {
    running_.for_each([&](std::uint32_t /*slot*/, const Running& running) {
      if (running.journey->place == 0) next = std::min(next, running.journey->ends_at);
    });
  }
  if (next != end_of_time) timer_ = context.set_timer(next, 0);
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
    if (!is_known) begin(slice, media, late_reason(walk, slice), context);
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
  if constexpr (requires { context.plant().foresees(SliceKey{}, Instant{}); }) {
    if (context.plant().foresees(SliceKey{self_, device, slice.begins}, slice.ends)) return;
  }
  const std::vector<Placed>& places = rare().places;
  const std::uint16_t place = places.empty() ? 0 : places[slice.device].place;
  const bool reachable = roster_->node_count() == 0 || place != 0;
  if (pulled && reachable && slice.begins > context.now())
    context.send(at_place(place, actor(device)), Prepare{slice.begins});
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
void Instance::begin(const PlannedSlice& planned, Duration media_from, Reason late, Context& context) {
  const WorkSpec& spec = entry().spec;
  const DeviceIx device = entry().devices[planned.device];
  const SliceKey key{self_, device, planned.begins};
  const Instant now = context.now();
  const auto write_off = [&](Reason reason) {
    // One without an end lasted until now.
    const Instant ends = planned.ends == end_of_time ? std::max(now, planned.begins) : planned.ends;
    SliceRow row = row_without_samples(*roster_, key, ends - planned.begins, reason, now, node_);
    row.cut = planned.cut;
    context.plant().slice_ended(row);
  };
  const DeviceMode mode = mode_of(planned.device);
  if (mode == DeviceMode::removed) return write_off(Reason::cancelled);
  if (is_stopped_) return write_off(late);
  if (mode == DeviceMode::off) return write_off(Reason::stream_off);
  const bool live = (*roster_)[device].kind == DeviceKind::live;
  if (live && now >= planned.ends) return write_off(late);
  Running running{key, planned.cut, planned.device, std::vector<AlgorithmAccount>(spec.algorithms.size()),
                  nullptr};
  const bool in_fleet = roster_->node_count() > 0;
  if (in_fleet) running.journey = journey_of(planned, media_from, late);
  const std::uint32_t slot = running_.take(std::move(running));
  if (in_fleet) return dispatch(slot, context);
  tell_runs(key, 0, context);
  const BeginSlice message = begin_message(slot, {planned.begins, planned.ends, media_from, false, late});
  if constexpr (requires { context.plant().foresees(key, planned.ends); }) {
    if (context.plant().foresees(key, planned.ends)) return context.plant().foresee(device, message);
  }
  context.send(actor(device), message);
}

template <class Context>
void Instance::tell_runs(const SliceKey& key, std::uint16_t place, Context& context) {
  if constexpr (requires { context.plant().slice_runs(key, place); }) context.plant().slice_runs(key, place);
}

template <class Context>
void Instance::tell_left(const SliceKey& key, std::uint16_t place, SampleCount samples, Context& context) {
  if constexpr (requires { context.plant().slice_left(key, place, samples); })
    context.plant().slice_left(key, place, samples);
}

template <class Context>
void Instance::dispatch(std::uint32_t slot, Context& context) {
  Running& running = running_[slot];
  Journey& journey = *running.journey;
  const std::vector<Placed>& places = rare().places;
  const Placed placed = journey.position < places.size() ? places[journey.position] : Placed{};
  journey.place = placed.place;
  const auto blame_node = [&] {
    if (journey.late == Reason::late_start && (placed.was_placed || !has_just_begun(context.now())))
      journey.late = Reason::node_lost;
  };
  if (placed.place == 0) {
    blame_node();
    ++waiting_;
    return arm(context);
  }
  journey.part_from = context.now();
  // Its node had less time to connect than it should have.
  if (context.now() < placed.since + live_lead) blame_node();
  tell_runs(running.key, journey.place, context);
  context.send(
      at_place(journey.place, actor(running.key.device)),
      begin_message(slot, {journey.due_at, journey.ends_at, journey.media_from, true, journey.late}));
}

template <class Context>
void Instance::on(const RecallSlice& message, Context& /*context*/) {
  make_rare().recalled[{message.due_at, message.device}] = message.has_row;
}

template <class Context>
void Instance::on(const DevicePlaced& message, Context& context) {
  std::vector<Placed>& places = make_rare().places;
  if (places.empty()) places.resize(entry().devices.size());
  Placed& placed = places[message.position];
  placed.place = message.place;
  if (placed.was_placed || !has_just_begun(context.now())) placed.since = context.now();
  placed.was_placed = placed.was_placed || message.place != 0;
  if (message.place == 0) return;
  for (const Walk& walk : walks_) {
    if (!walk.prepares) continue;
    for (RoundCursor cursor = walk.cursor;
         cursor.peek() && cursor.peek()->begins - lead_at(message.position) <= context.now();
         cursor.advance()) {
      if (cursor.peek()->device == message.position) prepare(*cursor.peek(), context);
    }
  }
  if (waiting_ == 0) return;
  running_.for_each([&](std::uint32_t slot, const Running& running) {
    if (running.journey->position != message.position || running.journey->place != 0) return;
    --waiting_;
    dispatch(slot, context);
  });
}

template <class Context>
void Instance::on(const NodeLost& message, Context& context) {
  const std::string& node = (*roster_)[NodeIx{message.place - 1U}].id;
  running_.for_each([&](std::uint32_t slot, Running& lost) {
    if (lost.journey->place != message.place) return;
    const SampleCount earlier = count_of(lost.journey->before);
    lost.journey->leave(node, context.now(), "node_lost", lost.accounts);
    const SampleCount so_far = count_of(lost.journey->before);
    tell_left(lost.key, message.place, {so_far.due - earlier.due, so_far.through - earlier.through}, context);
    lost.journey->late = Reason::node_lost;
    Running moved = std::move(lost);
    running_.give_back(slot);
    const std::uint32_t next = running_.take(std::move(moved));
    assert(next == slot);
    const Journey& journey = *running_[next].journey;
    if (journey.cancelled) return drop_rest(next, Reason::cancelled, context);
    if (journey.over()) return drop_rest(next, Reason::node_lost, context);
    dispatch(next, context);
  });
  report_if_through(context);
}

template <class Context>
void Instance::end_waiting(Context& context) {
  running_.for_each([&](std::uint32_t slot, const Running& running) {
    if (running.journey->place != 0 || running.journey->ends_at > context.now()) return;
    --waiting_;
    drop_rest(slot, Reason::node_lost, context);
  });
}

template <class Context>
void Instance::drop_rest(std::uint32_t slot, Reason reason, Context& context) {
  Running& running = running_[slot];
  running.journey->drop_rest(reason, context.now());
  SliceRow row;
  row.ended_at = context.now();
  row.fault = reason;
  if (!running.journey->parts.empty()) row.node = running.journey->parts.back().node;
  row.algorithms.resize(running.accounts.size());
  write(slot, std::move(row), context);
}

template <class Context>
void Instance::on(const SliceAccount& message, Context& /*context*/) {
  if (Running* running = find(message.slice)) take_account(message, running->accounts[message.algorithm]);
}

template <class Context>
void Instance::on(const SliceProgress& message, Context& /*context*/) {
  if (Running* running = find(message.slice)) running->journey->progress = message;
}

template <class Context>
void Instance::on(const SliceDone& message, Context& context) {
  Running* running = find(message.slice);
  if (running == nullptr) return;
  SliceRow row;
  if (message.started) row.started_at = message.started_at;
  row.ended_at = message.ended_at;
  row.planned = message.planned;
  row.observed = message.observed;
  row.fault = message.fault;
  row.node = node_;
  row.algorithms = std::move(running->accounts);
  const Duration lead_before = lead();
  keep_lead(running->position, message.lead_s);
  if (const Journey* journey = running->journey.get()) row.node = (*roster_)[NodeIx{journey->place - 1U}].id;
  write(message.slice.value & ((1U << slot_bits) - 1), std::move(row), context);
  // The next slices may have to be prepared earlier than the timer is set for.
  if (lead() > lead_before) return pump(context);
  report_if_through(context);
}

template <class Context>
void Instance::write(std::uint32_t slot, SliceRow row, Context& context) {
  const Running running = std::move(running_[slot]);
  running_.give_back(slot);
  row.key = running.key;
  row.cut = running.cut;
  if (!running.journey || running.journey->place != 0)
    tell_left(row.key, running.journey ? running.journey->place : 0, count_of(row.algorithms), context);
  if (running.journey) running.journey->complete(row);
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
  running_.for_each([&](std::uint32_t slot, const Running& /*running*/) { cancel(slot, context); });
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
  running_.for_each([&](std::uint32_t slot, const Running& running) {
    if (running.key.device == message.device) cancel(slot, context);
  });
  arm(context);
  report_if_through(context);
}

template <class Context>
void Instance::cancel(std::uint32_t slot, Context& context) {
  const Running& running = running_[slot];
  Journey* journey = running.journey.get();
  if (journey != nullptr) journey->cancelled = true;
  if (journey == nullptr || journey->place != 0) {
    const std::uint16_t place = journey == nullptr ? 0 : journey->place;
    context.send(at_place(place, actor(running.key.device)), CancelSlice{self_, name_of(slot)});
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
