#pragma once

#include <cassert>
#include <cstdint>
#include <deque>
#include <optional>

#include "actors/machines/executor.hpp"
#include "actors/machines/instance.hpp"
#include "actors/machines/protocol.hpp"
#include "actors/plan/roster.hpp"

namespace camfleet {

/// Follows the calendars of all instances and opens their windows. Knows nothing of devices, rounds or
/// samples.
class Scheduler {
 public:
  /// Nothing is due at or after `until`; windows and slices are cut there.
  explicit Scheduler(const Roster& roster, Instant until = end_of_time) : roster_(&roster), until_(until) {}

  template <class Context>
  void on(const AddInstance& message, Context& context) {
    const InstanceEntry& entry = (*roster_)[message.instance];
    if (followed_.size() <= message.instance.value) followed_.resize(message.instance.value + 1);
    if (roster_->has_placement()) context.send(the_placement, PlaceInstance{message.instance});
    const Instant since = std::max(entry.created, std::min(message.accounted_until, message.reopened_from));
    // A window that is open at the creation is joined.
    auto window = entry.calendar.at(since);
    if (!window) window = entry.calendar.next(since);
    const bool restarted = message.accounted_until != Instant::min();
    // A clock that was put back may lie before what is known already.
    const Instant reached = std::max(context.now(), since);
    while (restarted && window && window->opens <= reached && window->opens < until_) {
      if (window->opens >= message.settled_from && window->closes <= message.settled_to) {
        window = entry.calendar.at(message.settled_to);
        if (!window) window = entry.calendar.next(message.settled_to);
        continue;
      }
      open(*window, message, context);
      window = entry.calendar.next(window->opens + Duration(1));
    }
    follow(message.instance, window, context);
  }

  template <class Context>
  void on(const TimerFired& message, Context& context) {
    const InstanceIx ix{message.tag.number};
    const InstanceEntry& entry = (*roster_)[ix];
    const Window window = followed_[ix.value].next;
    open(window, AddInstance{ix}, context);
    follow(ix, entry.calendar.next(window.opens + Duration(1)), context);
  }

  template <class Context>
  void on(const RemoveInstance& message, Context& context) {
    Followed& followed = followed_[message.instance.value];
    if (followed.waits) context.cancel_timer(followed.timer);
    // A window whose instant has come, though not its timer, was open before the end.
    if (followed.waits && followed.next.opens <= context.now())
      open(followed.next, AddInstance{message.instance}, context);
    followed.waits = false;
    context.send(actor(message.instance), StopInstance{});
    if (roster_->has_placement()) context.send(the_placement, message);
  }

  template <class Context>
  void on(const WindowsDone& message, Context& context) {
    Followed& followed = followed_[message.instance.value];
    assert(followed.open >= message.count);
    followed.open -= message.count;
    if (message.has_ended) return ended(message.instance, context);
    if (followed.lead_s == message.lead_s) return;
    followed.lead_s = message.lead_s;
    if (!followed.waits) return;
    context.cancel_timer(followed.timer);
    const auto window = followed.next;
    follow(message.instance, window, context);
  }

  /// After a handler failed: every window that is still to come is waited for again.
  template <class Context>
  void start_over(Context& context) {
    for (std::uint32_t i = 0; i < followed_.size(); ++i) {
      if (!followed_[i].waits) continue;
      context.cancel_timer(followed_[i].timer);
      const auto window = followed_[i].next;
      follow(InstanceIx{i}, window, context);
    }
  }

  /// True when no instance has a window to come or one whose slices are not all accounted for.
  [[nodiscard]] bool idle() const {
    for (const Followed& followed : followed_) {
      if (followed.waits || followed.open > 0) return false;
    }
    return true;
  }

 private:
  /// Nothing is left of a removed instance: its number may be another's.
  template <class Context>
  void ended(InstanceIx ix, Context& context) {
    followed_[ix.value] = {};
    context.plant().instance_ended(ix);
  }

  struct Followed {
    Window next;
    TimerId timer;
    std::uint32_t open = 0;
    bool waits = false;       ///< for `next`
    std::uint8_t lead_s = 0;  ///< see WindowsDone
  };

  /// `added`: what of the window is accounted for.
  template <class Context>
  void open(const Window& window, const AddInstance& added, Context& context) {
    context.send(actor(added.instance), OpenWindow{.opens = window.opens,
                                                   .closes = window.closes,
                                                   .until = until_,
                                                   .listed = window.listed,
                                                   .accounted_until = added.accounted_until,
                                                   .down_until = added.down_until,
                                                   .settled_from = added.settled_from,
                                                   .settled_to = added.settled_to});
    ++followed_[added.instance.value].open;
  }

  template <class Context>
  void follow(InstanceIx ix, const std::optional<Window>& window, Context& context) {
    Followed& followed = followed_[ix.value];
    followed.waits = window && window->opens < until_;
    if (!followed.waits) return;
    followed.next = *window;
    const Duration usual = lead_of((*roster_)[ix], *roster_);
    const Instant wake = window->opens - (followed.lead_s == 0 ? usual : lead_of(followed.lead_s));
    followed.timer = context.set_timer(std::max(wake, context.now()), {.number = ix.value});
  }

  const Roster* roster_;
  Instant until_;
  std::deque<Followed> followed_;  ///< by InstanceIx
};

}  // namespace camfleet
