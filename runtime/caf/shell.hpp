#pragma once

#include <array>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "actors/base/grow_only.hpp"
#include "actors/base/random.hpp"
#include "actors/base/slots.hpp"
#include "runtime/caf/interfaces.hpp"
#include "runtime/caf/ports.hpp"
#include "runtime/plant/thread_cpu.hpp"

namespace camfleet::shells {

/// What every shell is given.
struct ShellParts {
  Post* post;
  PlantPort* plant;
  const ShellHooks* hooks;
  std::uint64_t seed = 1;
};

/// What an executor keeps for a machine.
struct ShellState {
  struct Timer {
    TimerTag tag;   ///< the machine's
    TimerId inner;  ///< the post's
  };
  ActorId self;
  Random random;
  Slots<Timer> timers;
};

/// What a machine asks for in a shell; see actors/machines/executor.hpp. Its timers are kept here, so that
/// one that was cancelled does not fire although it is in the mailbox already.
class ShellContext {
 public:
  /// Both outlive it.
  ShellContext(ShellState& state, const ShellParts& parts) : state_(&state), parts_(&parts) {}

  [[nodiscard]] Instant now() const { return parts_->post->now(); }
  template <class M>
  void send(ActorId to, const M& message) {
    parts_->post->send(state_->self, to, message);
  }
  [[nodiscard]] Instant steady_now() const { return parts_->post->steady_now(); }
  TimerId set_timer(Instant at, TimerTag tag) {
    return add_timer(tag, [&](TimerTag own) { return parts_->post->set_timer(state_->self, at, own); });
  }
  TimerId set_timer_after(Duration span, TimerTag tag) {
    return add_timer(tag,
                     [&](TimerTag own) { return parts_->post->set_timer_after(state_->self, span, own); });
  }
  void cancel_timer(TimerId timer) {
    const auto slot = static_cast<std::uint32_t>(timer.value);
    if (!state_->timers.holds(slot, static_cast<std::uint32_t>(timer.value >> 32U))) return;
    parts_->post->cancel_timer(state_->timers[slot].inner);
    give_back(slot);
  }
  std::uint64_t random(std::uint64_t bound) { return state_->random.below(bound); }
  PlantPort& plant() { return *parts_->plant; }

  /// The machine's tag of a timer that went off; nothing when it was cancelled.
  std::optional<TimerFired> take_timer(const TimerFired& fired) {
    const std::uint32_t slot = fired.tag.number;
    if (!state_->timers.holds(slot, fired.tag.use)) return std::nullopt;
    const TimerFired machine_tag{state_->timers[slot].tag};
    give_back(slot);
    return machine_tag;
  }

 private:
  template <class Set>
  TimerId add_timer(TimerTag tag, const Set& set) {
    const std::uint32_t slot = state_->timers.take({tag, {}});
    const std::uint32_t use = state_->timers.use(slot);
    state_->timers[slot].inner = set(TimerTag{.number = slot, .use = use});
    return {(std::uint64_t{use} << 32U) | slot};
  }
  /// A device that rests has no timer: a large fleet is not to hold what it needs while it works.
  void give_back(std::uint32_t slot) {
    state_->timers.give_back(slot);
    state_->timers.trim();
  }

  ShellState* state_;
  const ShellParts* parts_;
};

/// A machine of actors/ with what is kept for it.
template <class Machine>
struct Cell {
  Machine machine;
  ShellState state;
};

/// Machines of actors/ as a CAF actor: hands each message of the mailbox to the machine that it is for, with
/// its context, and does nothing else. An actor of CAF takes well over a kilobyte, so that a large fleet has
/// many machines to each; a machine belongs to one of them for good. A handler that throws makes its machine
/// start over; the mailbox and the numbering stay.
template <class Machine, class... Messages>
class ShellOf : public MessageList<Messages...>::Actor::base {
 public:
  using Base = typename MessageList<Messages...>::Actor::base;
  using Cells = GrowOnly<Cell<Machine>>;

  /// `cells`: by number; they and the parts outlive the actor's last handler.
  ShellOf(caf::actor_config& config, Cells& cells, const ShellParts& parts)
      : Base(config), cells_(&cells), parts_(&parts) {}

  typename Base::behavior_type make_behavior() override {
    return {[this](std::uint32_t number, const Messages& message) { receive(number, message); }...};
  }

 private:
  /// Samples that are handled before the actor yields its thread.
  static constexpr std::size_t samples_per_turn = 16;

  template <class M>
  void receive(std::uint32_t number, const M& message) {
    Cell<Machine>& cell = (*cells_)[number];
    if constexpr (std::is_same_v<M, SamplesWait>) {
      std::array<Sample, samples_per_turn> samples;
      const std::size_t count = parts_->post->take_samples(cell.state.self, samples);
      for (std::size_t i = 0; i < count; ++i) take(cell, samples[i]);
      if (count == samples.size()) this->send(this, number, message);
    } else {
      take(cell, message);
    }
  }

  template <class M>
  void take(Cell<Machine>& cell, const M& message) {
    const timing::WorkToken work = parts_->post->take_over();
    ShellContext context(cell.state, *parts_);
    const ShellHooks& hooks = *parts_->hooks;
    const bool measures = static_cast<bool>(hooks.measured);
    const Duration before = measures ? plant::thread_cpu() : Duration(0);
    try {
      handle(cell.machine, message, context);
    } catch (const std::exception& error) {
      if constexpr (requires { cell.machine.start_over(context); }) cell.machine.start_over(context);
      if (hooks.failed) hooks.failed(cell.state.self, error.what());
    }
    if (measures) hooks.measured(cell.state.self, plant::thread_cpu() - before);
    if constexpr (requires { cell.machine.idle(); }) {
      if (hooks.idle && cell.machine.idle()) hooks.idle();
    }
  }

  template <class M>
  static void handle(Machine& machine, const M& message, ShellContext& context) {
    if constexpr (std::is_same_v<M, TimerFired>) {
      const auto timer = context.take_timer(message);
      if constexpr (requires { machine.on(message, context); }) {
        if (timer) machine.on(*timer, context);
      }
    } else {
      machine.on(message, context);
    }
  }

  Cells* cells_;
  const ShellParts* parts_;
};

template <class Machine, class... Messages>
ShellOf<Machine, Messages...> shell_of(MessageList<Messages...>*);

template <class Machine>
using ShellFor = decltype(shell_of<Machine>(static_cast<MessagesOf<Machine>*>(nullptr)));

}  // namespace camfleet::shells
