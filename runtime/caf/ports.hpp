#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "actors/machines/executor.hpp"
#include "actors/machines/protocol.hpp"
#include "runtime/plant/plant_port.hpp"
#include "runtime/time/work_token.hpp"

namespace camfleet::shells {

/// How shells reach time and each other: real threads and a clock, or a test's virtual time. Thread-safe
/// where the shells run on threads.
class Post {
 public:
  Post() = default;
  virtual ~Post() = default;
  Post(const Post&) = delete;
  Post& operator=(const Post&) = delete;

  [[nodiscard]] virtual Instant now() const = 0;
  [[nodiscard]] virtual Instant steady_now() const = 0;
  virtual void send(ActorId from, ActorId to, const Message& message) = 0;
  /// TimerFired{tag} for `owner` at `at`, or at once when that has passed.
  virtual TimerId set_timer(ActorId owner, Instant at, TimerTag tag) = 0;
  /// The same after a span of the steady time.
  virtual TimerId set_timer_after(ActorId owner, Duration span, TimerTag tag) = 0;
  /// One that is on its way already may still come; shells see to that.
  virtual void cancel_timer(TimerId timer) = 0;
  /// A message that was sent, or a timer that went off, is about to be handled: the work that it is.
  virtual timing::WorkToken take_over() = 0;
  /// After SamplesWait: what waits for this analyzer outside of its mailbox, see bus::LocalBus::take.
  virtual std::size_t take_samples(ActorId /*self*/, std::span<Sample> /*into*/) { return 0; }
};

/// What is said to actors of other processes, which see to it that it gets there. Thread-safe; waits for
/// nothing.
class Border {
 public:
  Border() = default;
  virtual ~Border() = default;
  Border(const Border&) = delete;
  Border& operator=(const Border&) = delete;
  virtual void send(ActorId to, const Message& message) = 0;
};

using plant::PlantPort;

/// What whoever runs the shells wants to know. Called on the shells' threads.
struct ShellHooks {
  /// A handler threw; the actor has started over.
  std::function<void(ActorId self, const std::string& what)> failed;
  /// No instance has a window to come, and every slice is accounted for.
  std::function<void()> idle;
  /// How long a handler took, in CPU time of its thread; measured only when this is set.
  std::function<void(ActorId self, Duration cpu)> measured;
};

}  // namespace camfleet::shells
