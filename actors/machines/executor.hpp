#pragma once

#include <concepts>
#include <cstdint>

#include "actors/base/time.hpp"
#include "actors/machines/protocol.hpp"

namespace camfleet {

/// A timer that was set; good for cancelling it once.
struct TimerId {
  std::uint64_t value = 0;
};
/// None that was ever set; cancelling it does nothing.
inline constexpr TimerId no_timer{UINT64_MAX};

/// What an actor may ask of whoever calls it: time, timers, messages and chance. An executor calls one
/// handler of an actor at a time. A message that is sent at t arrives at t + 1 ns or later; a timer fires at
/// its instant or later, never earlier; a cancelled one does not fire. One random stream per actor, seeded
/// from its stable id.
///
/// There are two times. now() is the wall's: a clock that is put forward or back, or a machine that was
/// suspended, moves it, and timers at an instant with it: windows, slices, samples. steady_now() passes
/// evenly whatever the clock does, only its differences mean anything, and timers after a span go by it:
/// retries, time limits, leases.
template <class E>
concept Executor = requires(E& executor, ActorId to, Instant at, Duration span, std::uint64_t number,
                            const TimerTag& tag, TimerId timer) {
  { executor.now() } -> std::same_as<Instant>;
  { executor.steady_now() } -> std::same_as<Instant>;
  executor.send(to, AddInstance{});
  { executor.set_timer(at, tag) } -> std::same_as<TimerId>;
  { executor.set_timer_after(span, tag) } -> std::same_as<TimerId>;
  executor.cancel_timer(timer);
  { executor.random(number) } -> std::same_as<std::uint64_t>;  // uniform in [0, number)
};

}  // namespace camfleet
