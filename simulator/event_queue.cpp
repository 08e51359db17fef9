#include "simulator/event_queue.hpp"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace camfleet::sim {

void EventQueue::add_cells() {
  const auto first = static_cast<std::uint32_t>(chunks_.size() << chunk_bits);
  // A defect of the machines, not of the input: messages are bounded by the slices and samples under way.
  if (first >= max_waiting) {
    std::fputs("camfleet: more than 16,777,216 events on their way at once, which no run may need\n", stderr);
    std::abort();
  }
  assert(sequence_ < (std::uint64_t{1} << (63 - cell_bits)));
  chunks_.push_back(std::make_unique<Cell[]>(std::size_t{1} << chunk_bits));
  for (std::uint32_t i = 1U << chunk_bits; i-- > 0;) free(first + i);
}

Instant EventQueue::held(Place place, Instant at) const {
  return place.number < held_until_.size() ? std::max(at, held_until_[place.number]) : at;
}

TimerId EventQueue::add_timer(ActorId owner, Instant at, const TimerFired& message) {
  Cell& cell = push(owner, owner, at);
  cell.message = message;
  return {cell.order};
}

TimerId EventQueue::set_timer(ActorId owner, Instant at, TimerTag tag) {
  return add_timer(owner, at, {tag});
}

TimerId EventQueue::set_timer_after(ActorId owner, Duration span, TimerTag tag) {
  return add_timer(owner, now_ + span, {tag, true});
}

void EventQueue::cancel_timer(TimerId timer) {
  const std::uint64_t number = timer.value & cell_mask;
  if (number >= chunks_.size() << chunk_bits) return;
  Cell& cell = cell_at(static_cast<std::uint32_t>(number));
  if (cell.order == timer.value) cell.order = cancelled;
}

void EventQueue::gather() {
  if (is_passing_) post_passing();
  for (std::size_t i = 0; i < soon_count_; ++i) later_.push(soon_[i]);
  for (; due_at_ < due_count_; ++due_at_) later_.push(due_[due_at_]);
  soon_count_ = 0;
}

template <class Visit>
void EventQueue::for_each_to(Place place, Visit visit) {
  gather();
  later_.change([&](Entry& entry) {
    const ActorId to = entry.route.to();
    const bool outside = place == home_place && (to.kind == ActorKind::plant || to.kind == ActorKind::node);
    if (to.place() == place && !outside) visit(entry);
  });
}

void EventQueue::hold(Place place, Instant until) {
  assert(place != home_place);
  if (held_until_.size() <= place.number) held_until_.resize(place.number + 1U, Instant::min());
  held_until_[place.number] = std::max(held_until_[place.number], until);
  const std::int64_t floor = until.time_since_epoch().count();
  for_each_to(place, [&](Entry& entry) { entry.at = std::max(entry.at, floor); });
}

void EventQueue::drop(Place place) {
  if (place.number < held_until_.size()) held_until_[place.number] = Instant::min();
  for_each_to(place, [&](const Entry& entry) { cell_at(entry.cell()).order = cancelled; });
}

void EventQueue::drop_from_scheduler(Place place) {
  for_each_to(place, [&](const Entry& entry) {
    const ActorId from = entry.route.from();
    // What the machine that a node runs on tells it is said on the spot.
    if (from.place() == home_place && from.kind != ActorKind::node && from.kind != ActorKind::plant)
      cell_at(entry.cell()).order = cancelled;
  });
}

void EventQueue::jump(Duration by) {
  gather();
  now_ += by;
  jumped_ += by;
  later_.change([&](Entry& entry) {
    const auto* timer = std::get_if<TimerFired>(&cell_at(entry.cell()).message);
    if (timer == nullptr || timer->after_span) entry.at += by.count();
  });
}

const EventQueue::Entry* EventQueue::pop_of_many() {
  if (due_at_ == due_count_ && soon_count_ > 0) {
    // Not before all of this nanosecond have been taken: they may add to the next one.
    const Entry* near = soon_.front().at < later_.near_end() ? later_.near() : later_.top();
    if (near == nullptr || near->at >= soon_.front().at) {
      due_.swap(soon_);
      due_count_ = std::exchange(soon_count_, 0);
      due_at_ = 0;
      std::sort(due_.begin(), due_.begin() + static_cast<std::ptrdiff_t>(due_count_));
    }
  }
  if (due_at_ < due_count_) {
    const Entry& due = due_[due_at_];
    const Entry* other = due.at < later_.near_end() ? later_.near() : later_.top();
    if (other == nullptr || due < *other) {
      ++due_at_;
      return &due;
    }
  }
  const Entry* later = later_.top();
  return later == nullptr ? nullptr : later_.pop(later);
}

}  // namespace camfleet::sim
