#pragma once

// Handlers of Instance: templates over the executor and the plant, included by instance.hpp.

#include <algorithm>
#include <cassert>

#include "actors/instance.hpp"

namespace camfleet {

template <class Context>
void Instance::on(const OpenWindow& message, Context& context) {
  const bool whole = message.closes == end_of_time && !entry().spec.polling;
  Walk walk{message, RoundCursor(plan_of(message)), std::nullopt, whole};
  if (lead_of(entry(), *roster_) > Duration(0)) walk.ahead = walk.cursor;
  if (!walks_.empty()) context.cancel_timer(timer_);
  walks_.push_back(std::move(walk));
  ++opened_;
  pump(context);
}

template <class Context>
void Instance::on(const TimerFired& /*message*/, Context& context) {
  pump(context);
}

template <class Context>
void Instance::start_over(Context& context) {
  if (walks_.empty()) return report_if_through(context);
  context.cancel_timer(timer_);
  timer_ = context.set_timer(context.now() + Duration(1), 0);
}

template <class Context>
void Instance::pump(Context& context) {
  for (Walk& walk : walks_) walk_on(walk, context);
  std::erase_if(walks_, [](const Walk& walk) { return !walk.cursor.peek(); });
  if (walks_.empty()) {
    report_if_through(context);
    return;
  }
  const auto first = std::ranges::min_element(walks_, {}, wake_of);
  timer_ = context.set_timer(wake_of(*first), 0);
}

template <class Context>
void Instance::walk_on(Walk& walk, Context& context) {
  const Instant now = context.now();
  while (walk.ahead && walk.ahead->peek() && walk.ahead->peek()->begins - live_lead <= now) {
    const PlannedSlice& slice = *walk.ahead->peek();
    const DeviceIx device = entry().devices[slice.device];
    const bool pulled =
        entry().spec.devices[slice.device].start_stream && (*roster_)[device].kind == DeviceKind::live;
    if (pulled && slice.begins > now) context.send(actor(device), Prepare{slice.begins});
    walk.ahead->advance();
  }
  while (walk.cursor.peek() && walk.cursor.peek()->begins <= now) {
    const PlannedSlice slice = fitted(walk);
    const Duration media = media_from(walk, slice);
    walk.cursor.advance();
    begin(slice, media, context);
  }
}

template <class Context>
void Instance::begin(const PlannedSlice& planned, Duration media_from, Context& context) {
  const InstanceSpec& spec = entry().spec;
  const DeviceIx device = entry().devices[planned.device];
  const SliceKey key{self_, device, planned.begins};
  const Instant now = context.now();
  const bool endless = planned.ends == end_of_time;
  context.plant().slice_due(key, endless ? Duration(0) : planned.ends - planned.begins);
  const auto write_off = [&](Reason reason) {
    SliceRow row = row_without_samples(*roster_, key, planned.ends - planned.begins, reason, now, node_);
    row.cut = planned.cut;
    context.plant().slice_ended(row);
  };
  if (!spec.devices[planned.device].start_stream) return write_off(Reason::stream_off);
  const bool live = (*roster_)[device].kind == DeviceKind::live;
  if (live && now >= planned.ends) return write_off(Reason::late_start);
  const std::uint32_t slot =
      running_.take({key, planned.cut, std::vector<AlgorithmAccount>(spec.algorithms.size())});
  context.send(actor(device),
               BeginSlice{self_, SliceIx{slot}, planned.begins, planned.ends, media_from,
                          static_cast<std::uint32_t>(spec.spf),
                          static_cast<std::uint8_t>(spec.algorithms.size()), spec.every_frame});
}

template <class Context>
void Instance::on(const SliceAccount& message, Context& /*context*/) {
  assert(running_.holds(message.slice.value));
  AlgorithmAccount& account = running_[message.slice.value].accounts[message.algorithm];
  account.due = message.due;
  account.analysed = message.analysed;
  account.gated = message.gated;
  std::copy(message.dropped.begin(), message.dropped.end(), account.dropped.begin() + 1);
}

template <class Context>
void Instance::on(const SliceDone& message, Context& context) {
  Running& running = running_[message.slice.value];
  SliceRow row;
  row.key = running.key;
  // The executor's single nanoseconds order messages; the account starts at microseconds.
  const auto rounded = [&](Instant at) {
    return std::max<Instant>(std::chrono::floor<std::chrono::microseconds>(at), row.key.due_at);
  };
  if (message.started) row.started_at = rounded(message.started_at);
  row.ended_at = rounded(message.ended_at);
  row.planned = message.planned;
  row.observed = message.observed;
  row.cut = running.cut;
  row.fault = message.fault;
  row.node = node_;
  row.algorithms = std::move(running.accounts);
  running_.give_back(message.slice.value);
  context.plant().slice_ended(row);
  report_if_through(context);
}

template <class Context>
void Instance::on(const StopInstance& /*message*/, Context& context) {
  if (!walks_.empty()) context.cancel_timer(timer_);
  walks_.clear();
  running_.for_each([&](std::uint32_t slot, const Running& running) {
    context.send(actor(running.key.device), CancelSlice{self_, SliceIx{slot}});
  });
  report_if_through(context);
}

template <class Context>
void Instance::report_if_through(Context& context) {
  if (opened_ == 0 || !walks_.empty() || !running_.empty()) return;
  context.send(the_scheduler, WindowsDone{self_, opened_});
  opened_ = 0;
}

}  // namespace camfleet
