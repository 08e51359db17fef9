#pragma once

#include <cassert>
#include <cstdint>
#include <deque>
#include <string>
#include <variant>
#include <vector>

#include "actors/analyzer.hpp"
#include "actors/device.hpp"
#include "actors/instance.hpp"
#include "actors/plant.hpp"
#include "actors/random.hpp"
#include "actors/scheduler.hpp"
#include "simulator/event_queue.hpp"

namespace camfleet::sim {

struct KernelSettings {
  std::uint64_t seed = 1;
  Instant until = end_of_time;  ///< nothing is due from here on
  AnalyzerSettings analyzer;
  DeviceSettings device;
  std::string node = "local";     ///< of the ledger's rows
  std::uint64_t lose_one_in = 0;  ///< tests alone: every n-th message between actors is lost; 0 = none
};

/// The executor with virtual time: calls the machines of actors/ on one thread, in the order of the event
/// queue. The plant answers through the same queue; timers that it sets for an ActorId of kind `plant` come
/// back to it as on(TimerFired).
template <class P>
class Kernel {
 public:
  Kernel(const Roster& roster, EventQueue& queue, P& plant, const KernelSettings& settings)
      : roster_(&roster),
        queue_(&queue),
        plant_(&plant),
        settings_(settings),
        scheduler_(roster, settings.until) {
    static_assert(Plant<P> && Executor<Context>);
    analyzers_.emplace_back(AnalyzerIx{0}, settings.analyzer);
  }

  /// What a handler sees: the executor and the plant, for one actor.
  class Context {
   public:
    Context(Kernel& kernel, ActorId self) : kernel_(&kernel), self_(self) {}
    [[nodiscard]] Instant now() const { return kernel_->queue_->now(); }
    template <class M>
    void send(ActorId to, const M& message) {
      kernel_->queue_->post(self_, to, now() + Duration(1), message);
    }
    TimerId set_timer(Instant at, std::uint64_t tag) { return kernel_->queue_->set_timer(self_, at, tag); }
    void cancel_timer(TimerId timer) { kernel_->queue_->cancel_timer(timer); }
    std::uint64_t random(std::uint64_t bound) { return kernel_->random_of(self_).below(bound); }
    P& plant() { return *kernel_->plant_; }

   private:
    Kernel* kernel_;
    ActorId self_;
  };

  /// Tells the scheduler of an instance that is in the roster, with actors for all devices there.
  void add_instance(InstanceIx ix) {
    while (instances_.size() < roster_->instance_count()) {
      instances_.emplace_back(InstanceIx{static_cast<std::uint32_t>(instances_.size())}, *roster_,
                              settings_.node);
    }
    while (devices_.size() < roster_->device_count()) {
      const DeviceIx device{static_cast<std::uint32_t>(devices_.size())};
      devices_.emplace_back(device, (*roster_)[device].kind, AnalyzerIx{0}, settings_.device);
    }
    queue_->post(the_scheduler, the_scheduler, queue_->now(), AddInstance{ix});
  }

  /// Asks the scheduler to end an instance at `at`.
  void remove_instance(InstanceIx ix, Instant at) {
    queue_->post(the_scheduler, the_scheduler, at, RemoveInstance{ix});
  }

  /// Handles the next event; false when there is none.
  bool step() {
    const auto event = queue_->take();
    if (!event) return false;
    prefetch(queue_->next_to());
    if (settings_.lose_one_in > 0 && event->from != event->to &&
        mix(settings_.seed ^ queue_->taken()) % settings_.lose_one_in == 0)
      return true;
    std::visit([&](const auto& message) { deliver(event->to, message); }, event->message);
    return true;
  }

  void run() {
    while (step()) {
    }
  }

  [[nodiscard]] const Scheduler& scheduler() const { return scheduler_; }

 private:
  /// Has the state of the next event's device on its way while this one's is worked on.
  void prefetch(ActorId next) const {
    if (next.kind != ActorKind::device || next.number >= devices_.size()) return;
    const auto* state = reinterpret_cast<const char*>(&devices_[next.number]);
    for (std::size_t at = 0; at < sizeof(Device); at += 64) __builtin_prefetch(state + at);
  }

  template <class M>
  void deliver(ActorId to, const M& message) {
    switch (to.kind) {
      case ActorKind::scheduler:
        return hand(scheduler_, to, message);
      case ActorKind::instance:
        return hand(instances_[to.number], to, message);
      case ActorKind::device:
        return hand(devices_[to.number], to, message);
      case ActorKind::analyzer:
        return hand(analyzers_[to.number], to, message);
      case ActorKind::plant:
        if constexpr (requires { plant_->on(message); }) return plant_->on(message);
    }
    assert(!"a message for an actor that does not take it");
  }

  template <class Actor, class M>
  void hand(Actor& actor, ActorId self, const M& message) {
    Context context(*this, self);
    if constexpr (requires { actor.on(message, context); }) {
      actor.on(message, context);
    } else {
      assert(!"a message for an actor that does not take it");
    }
  }

  Random& random_of(ActorId id) {
    auto& streams = randoms_[static_cast<std::size_t>(id.kind)];
    while (streams.size() <= id.number) {
      streams.push_back(Random::of(settings_.seed, {id.kind, static_cast<std::uint32_t>(streams.size())}));
    }
    return streams[id.number];
  }

  const Roster* roster_;
  EventQueue* queue_;
  P* plant_;
  KernelSettings settings_;
  Scheduler scheduler_;
  std::deque<Instance> instances_;
  std::vector<Device> devices_;
  std::deque<Analyzer> analyzers_;
  std::array<std::vector<Random>, 5> randoms_;
};

}  // namespace camfleet::sim
