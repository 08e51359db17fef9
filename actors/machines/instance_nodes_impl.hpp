#pragma once

// Handlers of Instance for slices on nodes: templates over the executor and the plant, included by
// instance.hpp.

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

#include "actors/machines/instance.hpp"

namespace camfleet {

template <class Context>
void Instance::dispatch(std::uint32_t slot, Context& context) {
  RunningSlice& slice = running_[slot];
  const Placed placed = placed_at(slice.position, slice.due_at);
  slice.place = placed.place;
  // Without a node, or when its node had less time to connect than it should have.
  const bool is_new_there = !placed.place || context.now() < placed.since + live_lead;
  const bool had_node = placed.was_placed || !has_just_begun(context.now());
  if (is_new_there && had_node && slice.late == Reason::late_start) slice.late = Reason::node_lost;
  if (slice.place != home_place) slice.make_journey().part_from = context.now();
  if (!slice.place) {
    ++waiting_;
    return arm(context);
  }
  // Its device drops what has passed.
  const Cadence cadence = cadence_of(slice.position);
  if (cadence.is_live && slice.journey && slice.journey->had_begun) {
    const Instant now = context.now();
    if (slice.give_up_passed(cadence.every_frame ? now : now - cadence.spf + Duration(1),
                             entry().algorithms.size()))
      context.plant().slice_moved(slice.key, slice.journey->so_far);
  }
  context.plant().slice_runs(slice.key, *slice.place);
  context.send(at_place(*slice.place, actor(slice.key.device)), begin_message(slot));
}

template <class Context>
void Instance::on(const KeptSlice& message, Context& context) {
  const auto slot = slot_of(message.device, message.slice_due_at);
  if (slot && can_be(message, running_[*slot])) return adopt(*slot, message, context);
  const auto recalled = rare().recalled.find({message.slice_due_at, message.device});
  if (!slot && recalled != rare().recalled.end() && !recalled->second) {
    make_rare().kept.insert_or_assign({message.slice_due_at, message.device}, message);
    return;
  }
  // It has its row, is nobody's any more, or runs elsewhere.
  context.plant().answer_dropped(message.from);
  context.send(at_place(message.from, actor(message.device)), CancelSlice{self_, message.slice});
}

template <class Context>
void Instance::adopt(std::uint32_t slot, const KeptSlice& kept, Context& context) {
  RunningSlice& slice = running_[slot];
  --waiting_;
  slice.place = kept.from;
  slice.late = Reason::late_start;
  Journey& journey = slice.make_journey();
  // Footage that goes on is due before it began there, a camera's next sample after that.
  const std::vector<SlicePart>& before = journey.so_far.parts;
  const Instant due = std::min(kept.due_at, context.now());
  journey.part_from = before.empty() ? due : std::max(due, before.back().to);
  journey.had_begun = false;
  if (kept.due_at > slice.due_at)
    slice.skip(kept.due_at, Reason::scheduler_down, cadence_of(slice.position), entry().algorithms.size());
  context.plant().slice_runs(slice.key, kept.from);
  context.send(at_place(kept.from, actor(slice.key.device)),
               RenameSlice{self_, slice.key.due_at, kept.slice, name_of(slot)});
  arm(context);
}

template <class Context>
void Instance::on(const DevicePlaced& message, Context& context) {
  std::vector<Placed>& places = make_rare().places;
  if (places.empty()) places.resize(entry().devices.size());
  Placed& placed = places[message.position];
  const bool is_live = cadence_of(message.position).is_live;
  std::erase_if(placed.before, [&](const auto& one) { return one.second <= context.now(); });
  const bool moves = placed.place && message.place && placed.place != message.place;
  const bool is_alone = (*roster_)[entry().devices[message.position]].takes_one_connection;
  if (placed.place) placed.former = placed.place;
  const bool closes = is_alone && message.place && placed.former && placed.former != message.place;
  // Should that be as its node is lost, NodeLost follows.
  if (is_alone && message.place) give_up_connection(message.position, *message.place, context);
  if (is_live && moves && !is_alone)
    placed.before.emplace_back(*placed.place, context.now() + lead_at(message.position));
  placed.place = message.place;
  if (placed.was_placed || !has_just_begun(context.now())) placed.since = context.now();
  placed.was_placed = placed.was_placed || message.place;
  placed.is_told = true;
  end_asking(message.position, context);
  if (!message.place) return;
  if (closes) {
    prepare_later(message.position, context.now() + until_closed);
    arm(context);
  } else if (!moves || !is_live) {
    prepare_moved(message.position, context);
  }
  if (waiting_ == 0) return;
  running_.for_each([&](std::uint32_t slot, const RunningSlice& slice) {
    if (slice.position != message.position || slice.place) return;
    --waiting_;
    const bool is_over = is_live && slice.ends_at <= context.now();
    if (is_over) return drop_rest(slot, slice.late, context);
    dispatch(slot, context);
  });
}

template <class Context>
void Instance::give_up_connection(std::uint32_t position, Place next, Context& context) {
  const DeviceIx device = entry().devices[position];
  std::set<Place> places;
  if (const auto former = rare_->places[position].former) places.insert(*former);
  running_.for_each([&](std::uint32_t /*slot*/, const RunningSlice& slice) {
    if (slice.position == position && slice.place) places.insert(*slice.place);
  });
  places.erase(next);
  for (const Place place : places) context.send(at_place(place, actor(device)), LeaveStream{self_});
}

template <class Context>
void Instance::end_asking(std::uint32_t position, Context& context) {
  bool asked = false;
  running_.for_each([&](std::uint32_t /*slot*/, RunningSlice& slice) {
    if (slice.place || slice.position != position || slice.journey->asked_until != end_of_time) return;
    slice.journey->asked_until = context.now();
    asked = true;
  });
  if (asked) arm(context);
}

template <class Context>
void Instance::prepare_moved(std::uint32_t position, Context& context) {
  for (const Walk& walk : walks_) {
    if (!walk.prepares) continue;
    for (RoundCursor cursor = walk.cursor;
         cursor.peek() && cursor.peek()->begins - lead_at(position) <= context.now(); cursor.advance()) {
      if (cursor.peek()->device == position) prepare(*cursor.peek(), context);
    }
  }
}

template <class Context>
void Instance::on(const NodeLost& message, Context& context) {
  const Place lost = place_of(message.node);
  make_rare().drained.erase(lost);
  for (std::uint32_t i = 0; i < rare().places.size(); ++i) {
    Placed& placed = rare_->places[i];
    if (std::erase_if(placed.before, [&](const auto& one) { return one.first == lost; }) == 0) continue;
    prepare_moved(i, context);
  }
  running_.for_each([&](std::uint32_t slot, RunningSlice& left) {
    if (left.place != lost) return;
    // It may have begun anew by then, and have got what was said to it as if it had not.
    context.send(at_place(lost, actor(left.key.device)), LeaveSlice{self_, name_of(slot)});
    move_on(slot, "node_lost", context);
  });
  report_if_through(context);
}

template <class Context>
void Instance::move_on(std::uint32_t slot, const char* why, Context& context) {
  RunningSlice& left = running_[slot];
  const Place from = *left.place;
  const SampleCount told = left.leave(std::string(process_at(from)), context.now(), why,
                                      cadence_of(left.position), entry().algorithms.size());
  context.plant().slice_left(left.key, from, told);
  context.plant().slice_moved(left.key, left.journey->so_far);
  left.late = Reason::node_lost;
  // Under a new name, so that late answers are recognised.
  RunningSlice moved = std::move(left);
  running_.give_back(slot);
  const std::uint32_t next = running_.take(std::move(moved));
  assert(next == slot);
  const RunningSlice& slice = running_[next];
  if (slice.is_cancelled) return drop_rest(next, Reason::cancelled, context);
  if (slice.is_over()) return drop_rest(next, Reason::node_lost, context);
  dispatch(next, context);
}

template <class Context>
void Instance::on(const NodeDrains& message, Context& context) {
  const Place drained = place_of(message.node);
  make_rare().drained.insert(drained);
  for (std::uint32_t i = 0; i < rare().places.size(); ++i) {
    Placed& placed = rare_->places[i];
    if (std::erase_if(placed.before, [&](const auto& one) { return one.first == drained; }) == 0) continue;
    prepare_moved(i, context);
  }
  running_.for_each([&](std::uint32_t slot, const RunningSlice& slice) {
    if (slice.place != drained || slice.is_cancelled) return;
    const auto next = other_place(slice.position, drained);
    // What takes one connection alone leaves since it has another place.
    if (!next || (*roster_)[slice.key.device].takes_one_connection) return;
    const ActorId there = at_place(drained, actor(slice.key.device));
    if (!cadence_of(slice.position).is_live) return context.send(there, LeaveSlice{self_, name_of(slot)});
    const Instant at =
        slice.between_samples(context.now() + lead_at(slice.position), cadence_of(slice.position));
    if (slice.ends_at <= at) return;
    context.send(at_place(*next, actor(slice.key.device)), Prepare{self_, at, slice.ends_at});
    rare_->leaving.push_back({at, slot, running_.use(slot)});
  });
  arm(context);
}

template <class Context>
void Instance::end_leaving(Context& context) {
  std::erase_if(rare_->leaving, [&](const Leaving& one) {
    if (one.at > context.now()) return false;
    const RunningSlice* slice = running_.holds(one.slot, one.use) ? &running_[one.slot] : nullptr;
    if (slice == nullptr || !slice->place || slice->is_cancelled) return true;
    // Meanwhile it may be the only one that can carry it.
    if (other_place(slice->position, *slice->place))
      context.send(at_place(*slice->place, actor(slice->key.device)), LeaveSlice{self_, name_of(one.slot)});
    return true;
  });
}

template <class Context>
void Instance::end_waiting(Context& context) {
  running_.for_each([&](std::uint32_t slot, const RunningSlice& slice) {
    if (slice.place || waits_until(slice) > context.now()) return;
    --waiting_;
    const bool was_asked_for = slice.journey->asked_until > Instant::min() && !slice.journey->last_place;
    drop_rest(slot, was_asked_for ? slice.late : Reason::node_lost, context);
  });
}

}  // namespace camfleet
