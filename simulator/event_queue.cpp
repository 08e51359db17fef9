#include "simulator/event_queue.hpp"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <functional>

namespace camfleet::sim {
namespace {

constexpr std::uint32_t number_bits = 20;
constexpr std::uint32_t place_bits = 9;
constexpr std::uint32_t cell_bits = 24;

constexpr std::uint32_t pack(ActorId id) {
  return (static_cast<std::uint32_t>(id.kind) << (number_bits + place_bits)) |
         (std::uint32_t{id.place} << number_bits) | id.number;
}

constexpr ActorId unpack(std::uint32_t packed) {
  return {static_cast<ActorKind>(packed >> (number_bits + place_bits)),
          static_cast<std::uint16_t>((packed >> number_bits) & ((1U << place_bits) - 1)),
          packed & ((1U << number_bits) - 1)};
}

}  // namespace

std::uint32_t EventQueue::push(ActorId from, ActorId to, Instant at) {
  assert(from.number < (1U << number_bits) && to.number < (1U << number_bits));
  assert(from.place < (1U << place_bits) && to.place < (1U << place_bits));
  assert(sequence_ < (std::uint64_t{1} << (64 - cell_bits)));
  std::uint32_t cell = 0;
  if (free_.empty()) {
    cell = cells_;
    // A defect of the machines, not of the input: messages are bounded by the slices and samples under way.
    if (cell == max_waiting) std::abort();
    if (cells_++ >> chunk_bits == chunks_.size())
      chunks_.push_back(std::make_unique<Cell[]>(std::size_t{1} << chunk_bits));
  } else {
    cell = free_.back();
    free_.pop_back();
  }
  cell_at(cell).cancelled = false;
  const Instant soon = now_ + Duration(1);
  Instant arrives = std::max(at, soon);
  if (to.place < held_until_.size()) arrives = std::max(arrives, held_until_[to.place]);
  const Entry entry{arrives.time_since_epoch().count(), (std::uint64_t{pack(to)} << 32U) | pack(from),
                    (sequence_++ << cell_bits) | cell};
  if (arrives == soon) {
    soon_.push_back(entry);
  } else {
    heap_.push(entry);
  }
  return cell;
}

TimerId EventQueue::set_timer(ActorId owner, Instant at, std::uint64_t tag) {
  const std::uint32_t cell = push(owner, owner, at);
  cell_at(cell).message = TimerFired{tag};
  return {(std::uint64_t{cell_at(cell).use} << 32U) | cell};
}

void EventQueue::cancel_timer(TimerId timer) {
  const auto cell = static_cast<std::uint32_t>(timer.value);
  const auto use = static_cast<std::uint32_t>(timer.value >> 32U);
  if (cell < cells_ && cell_at(cell).use == use) cell_at(cell).cancelled = true;
}

template <class Visit>
void EventQueue::for_each_to(std::uint16_t place, Visit visit) {
  const auto is_to = [&](const Entry& entry) {
    const ActorId to = unpack(static_cast<std::uint32_t>(entry.route >> 32U));
    const bool outside = place == 0 && (to.kind == ActorKind::plant || to.kind == ActorKind::node);
    return to.place == place && !outside;
  };
  for (Entry& entry : soon_) {
    if (is_to(entry)) visit(entry);
  }
  for (std::size_t i = due_at_; i < due_.size(); ++i) {
    if (is_to(due_[i])) visit(due_[i]);
  }
  heap_.change([&](Entry& entry) {
    if (is_to(entry)) visit(entry);
  });
}

void EventQueue::hold(std::uint16_t place, Instant until) {
  assert(place > 0);
  if (held_until_.size() <= place) held_until_.resize(place + 1U, Instant::min());
  held_until_[place] = std::max(held_until_[place], until);
  // What arrives at the next nanosecond is kept elsewhere.
  for (auto* near : {&soon_, &due_}) {
    const auto from = near->begin() + (near == &due_ ? static_cast<std::ptrdiff_t>(due_at_) : 0);
    const auto held = std::stable_partition(from, near->end(), [&](const Entry& entry) {
      return unpack(static_cast<std::uint32_t>(entry.route >> 32U)).place != place;
    });
    for (auto each = held; each != near->end(); ++each) heap_.push(*each);
    near->erase(held, near->end());
  }
  const std::int64_t floor = until.time_since_epoch().count();
  for_each_to(place, [&](Entry& entry) { entry.at = std::max(entry.at, floor); });
}

void EventQueue::drop(std::uint16_t place) {
  if (place < held_until_.size()) held_until_[place] = Instant::min();
  for_each_to(place, [&](const Entry& entry) {
    cell_at(static_cast<std::uint32_t>(entry.order & (max_waiting - 1))).cancelled = true;
  });
}

void EventQueue::drop_from_scheduler(std::uint16_t place) {
  for_each_to(place, [&](const Entry& entry) {
    const ActorId from = unpack(static_cast<std::uint32_t>(entry.route));
    // What the machine that a node runs on tells it is said on the spot.
    if (from.place == 0 && from.kind != ActorKind::node && from.kind != ActorKind::plant)
      cell_at(static_cast<std::uint32_t>(entry.order & (max_waiting - 1))).cancelled = true;
  });
}

void EventQueue::jump(Duration by) {
  for (auto* near : {&soon_, &due_}) {
    for (std::size_t i = near == &due_ ? due_at_ : 0; i < near->size(); ++i) heap_.push((*near)[i]);
    near->clear();
  }
  due_at_ = 0;
  now_ += by;
  heap_.change([&](Entry& entry) {
    const Cell& cell = cell_at(static_cast<std::uint32_t>(entry.order & (max_waiting - 1)));
    if (!std::holds_alternative<TimerFired>(cell.message)) entry.at += by.count();
  });
}

bool EventQueue::pop(Entry& first) {
  // Not before all of this nanosecond have been taken: they may add to the next one.
  const bool is_time = !soon_.empty() && (heap_.empty() || heap_.top().at >= soon_.front().at);
  if (due_at_ == due_.size() && is_time) {
    due_.swap(soon_);
    soon_.clear();
    due_at_ = 0;
    if (due_.size() > 1) std::sort(due_.begin(), due_.end());
  }
  if (due_at_ < due_.size() && (heap_.empty() || due_[due_at_] < heap_.top())) {
    first = due_[due_at_++];
    return true;
  }
  if (heap_.empty()) return false;
  first = heap_.top();
  heap_.pop();
  return true;
}

const EventQueue::Entry* EventQueue::first() const {
  if (due_at_ < due_.size() && (heap_.empty() || due_[due_at_] < heap_.top())) return &due_[due_at_];
  return heap_.empty() ? nullptr : &heap_.top();
}

ActorId EventQueue::next_to() const {
  const Entry* next = first();
  return next == nullptr ? ActorId{ActorKind::plant, 0, 0}
                         : unpack(static_cast<std::uint32_t>(next->route >> 32U));
}

std::optional<Event> EventQueue::take() {
  if (handled_) free_.push_back(*handled_);
  handled_.reset();
  Entry entry{};
  while (pop(entry)) {
    const auto number = static_cast<std::uint32_t>(entry.order & (max_waiting - 1));
    Cell& cell = cell_at(number);
    ++cell.use;
    if (cell.cancelled) {
      free_.push_back(number);
      continue;
    }
    handled_ = number;
    now_ = std::max(now_, Instant(Duration(entry.at)));
    ++taken_;
    // Messages lie far apart: the next one is on its way while this one is handled.
    if (const Entry* next = first())
      __builtin_prefetch(&cell_at(static_cast<std::uint32_t>(next->order & (max_waiting - 1))));
    return Event{now_, unpack(static_cast<std::uint32_t>(entry.route >> 32U)),
                 unpack(static_cast<std::uint32_t>(entry.route)), &cell.message};
  }
  return std::nullopt;
}

}  // namespace camfleet::sim
