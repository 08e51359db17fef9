#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "actors/base/hash.hpp"
#include "actors/machines/analyzer.hpp"
#include "actors/machines/device.hpp"
#include "actors/machines/instance.hpp"
#include "actors/machines/membership.hpp"
#include "actors/machines/placement.hpp"
#include "actors/machines/plant.hpp"
#include "actors/machines/recovery.hpp"
#include "actors/machines/scheduler.hpp"
#include "simulator/event_queue.hpp"
#include "simulator/kernel_settings.hpp"
#include "simulator/node_process.hpp"
#include "simulator/processes.hpp"
#include "simulator/random_streams.hpp"
#include "simulator/simulated_plant.hpp"
#include "simulator/waits.hpp"

namespace camfleet::sim {

/// The executor with virtual time: calls the machines of actors/ on one thread, in the order of the event
/// queue. The plant answers through the same queue; timers that it sets for an ActorId of kind `plant` come
/// back to it as on(TimerFired).
///
/// With nodes in the roster, devices and analyzers are on them, and what passes between a node and the
/// scheduler's process takes its time. What a process holds is gone when it ends; after a restart of the
/// scheduler's, what the plant's store knows is gone on from.
///
/// A run ends when nothing is on its way; daemons, nodes and the membership, are stopped when all is
/// accounted for, or when only they have anything to do.
template <class P>
class Kernel {
 public:
  Kernel(const Roster& roster, EventQueue& queue, P& plant, const KernelSettings& settings)
      : roster_(&roster),
        queue_(&queue),
        plant_(&plant),
        settings_(settings),
        processes_(roster.node_count(), settings.link_delay, settings.faults, settings.joins, queue),
        nodes_(roster.node_count()),
        keeps_(std::ranges::any_of(
            settings.faults, [](const Fault& one) { return one.kind == FaultKind::scheduler_restart; })),
        randoms_(settings.seed) {
    static_assert(SimulatedPlant<P> && Executor<Context>);
    begin_scheduler();
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      if (processes_.is_up(NodeIx{i})) begin_node(NodeIx{i});
    }
  }

  /// What a handler sees: the executor and the plant, for one actor.
  class Context {
   public:
    Context(Kernel& kernel, ActorId self) : kernel_(&kernel), self_(self) {}
    [[nodiscard]] Instant now() const { return kernel_->queue_->now(); }
    template <class M>
    void send(ActorId to, const M& message) {
      kernel_->send(self_, to, message);
    }
    [[nodiscard]] Instant steady_now() const { return kernel_->queue_->steady_now(); }
    TimerId set_timer(Instant at, TimerTag tag) { return kernel_->queue_->set_timer(self_, at, tag); }
    TimerId set_timer_after(Duration span, TimerTag tag) {
      return kernel_->queue_->set_timer_after(self_, span, tag);
    }
    void cancel_timer(TimerId timer) { kernel_->queue_->cancel_timer(timer); }
    std::uint64_t random(std::uint64_t bound) { return kernel_->randoms_.of(self_).below(bound); }
    P& plant() { return *kernel_->plant_; }

   private:
    Kernel* kernel_;
    ActorId self_;
  };

  /// Tells the scheduler of an instance that is in the roster, with actors for all devices there.
  void add_instance(InstanceIx ix) {
    added_.push_back(ix);
    make_actors();
    // The nodes have joined by then.
    const Duration head_start = nodes_.empty() ? Duration(0) : settings_.link_delay * 4;
    ++adding_;
    queue_->post(the_scheduler, the_scheduler, queue_->now() + head_start, AddInstance{ix});
  }

  /// Asks the scheduler to end an instance at `at`.
  void remove_instance(InstanceIx ix, Instant at) {
    queue_->post(the_scheduler, the_scheduler, at, RemoveInstance{ix});
  }

  /// How long after `until` footage may still be caught up. Whatever is then left is a defect, and shows as
  /// an invariant that is broken: a run always ends.
  static constexpr Duration longest_lag = hours(24 * 14);

  /// Handles the next event; false when the run is over.
  bool step() {
    if (queue_->now() - longest_lag > settings_.until) return false;
    if (!nodes_.empty() && !is_stopped_ && is_through()) stop_nodes();
    const auto event = queue_->take([this](Route route) { prefetch(route); });
    if (!event) return false;
    if ((settings_.lose_one_in > 0 || settings_.loses > 0) && is_lost(*event)) return true;
    std::visit([to = event->to(), this](const auto& message) { this->deliver(to, message); },
               *event->message);
    return true;
  }

  void run() {
    while (step()) {
    }
  }

  /// After a run: who waits for what, of the first `most` slices without an outcome; a line each.
  [[nodiscard]] std::vector<std::string> waits(std::size_t most) const {
    if (!scheduler_) return {"the scheduler's process is down"};
    return wait_lines(*roster_, instances_, std::bind_front(&Kernel::device_at, this), most);
  }

  /// While its process is up.
  [[nodiscard]] const Scheduler& scheduler() const { return *scheduler_; }

 private:
  template <class M>
  void send(ActorId from, ActorId to, const M& message) {
    if constexpr (std::is_same_v<M, BeginSlice> || std::is_same_v<M, Prepare>) {
      if (is_foreseen(to, message)) return;
    }
    if constexpr (std::is_same_v<M, BeginSlice> || std::is_same_v<M, RenameSlice>) {
      if (settings_.watch != nullptr) settings_.watch->saw(to, message);
    }
    if constexpr (std::is_same_v<M, Sample>) {
      if (settings_.watch != nullptr) settings_.watch->gave(to.place());
    }
    if (from.place() == to.place()) return queue_->send(from, to, message);
    if (from.place() == home_place) return pass(from, to, message);
    leaving(from, to, message);
  }
  /// Over the connection between two processes.
  template <class M>
  void pass(ActorId from, ActorId to, const M& message) {
    if (processes_.reaches(from.place(), to.place()))
      queue_->post(from, to, processes_.arrival(from.place(), to.place()), message);
  }
  /// A node says something to the scheduler's process.
  template <class M>
  void leaving(ActorId from, ActorId to, const M& message) {
    if constexpr (std::is_same_v<M, NodeJoined>) processes_.connect(message.node, message.term);
    if constexpr (std::is_same_v<M, NodeJoined> || std::is_same_v<M, Heartbeat>) {
      if (!scheduler_) processes_.refuse(message.node, settings_.lease.lease);
    }
    KeptSlices& kept = nodes_[node_at(from.place()).value].kept;
    if constexpr (requires { kept.note(InstanceIx{to.number}, message); }) {
      if (keeps_) {
        if (const auto said = kept.note(InstanceIx{to.number}, message)) pass(from, to, *said);
        return;
      }
    }
    if constexpr (std::is_same_v<M, NodeJoined>) {
      if (message.keeps)
        kept.disown();
      else
        fence_all(from);
    }
    if constexpr (std::is_same_v<M, KeptTold>) {
      kept.tell(
          from.place(), [&](const KeptSlice& one) { pass(from, the_placement, one); }, renaming(from));
    }
    pass(from, to, message);
  }
  /// Devices of a node that its agent has not been told of may have begun something, too.
  void fence_all(ActorId agent) {
    for (const auto& device : nodes_[node_at(agent.place()).value].devices) {
      if (device && device->running() > 0)
        queue_->post(agent, at_place(agent.place(), actor(device->self())), queue_->now(), Fence{});
    }
  }
  /// Tells a device of a node, at once.
  KeptSlices::Hear renaming(ActorId agent) {
    return [this, agent](DeviceIx device, const RenameSlice& message) {
      queue_->post(agent, at_place(agent.place(), actor(device)), queue_->now(), message);
    };
  }
  KeptSlices::Send passing(ActorId from) {
    return [this, from](InstanceIx to, const Message& message) { pass(from, actor(to), message); };
  }
  /// What is stored need not be kept by nodes.
  void tell_stored() {
    for (const SliceKey& key : plant_->take_stored()) {
      for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        if (nodes_[i].kept.has(key))
          pass(the_scheduler, actor(NodeIx{i}), SliceStored{key.instance, key.device, key.due_at});
      }
    }
  }

  /// The plant answers for the device what it knows beforehand; a camera need not connect for it.
  bool is_foreseen(ActorId device, const Prepare& message) {
    return plant_->foresees({message.instance, DeviceIx{device.number}, message.due_at}, message.ends_at);
  }
  bool is_foreseen(ActorId device, const BeginSlice& message) {
    const DeviceIx ix{device.number};
    if (!plant_->foresees({message.instance, ix, message.due_at}, message.ends_at)) return false;
    plant_->foresee(ix, message);
    return true;
  }

  [[nodiscard]] bool is_lost(const Event& event) const {
    const bool by_kernel = event.from().kind == ActorKind::node && event.from().place() == home_place;
    if (event.from() == event.to() || by_kernel) return false;
    if (queue_->taken() == settings_.loses) return true;
    return settings_.lose_one_in > 0 && mix(settings_.seed ^ queue_->taken()) % settings_.lose_one_in == 0;
  }

  /// Whether all is accounted for, or nobody can do anything for it any more: only daemons have had something
  /// to do for as long as it takes them to notice whatever has happened. A slice whose account never comes
  /// would keep their heartbeats going for ever.
  [[nodiscard]] bool is_through() {
    if (!plant_->is_settled()) return false;
    if (may_be_idle_ && scheduler_ && adding_ == 0) {
      may_be_idle_ = false;
      if (scheduler_->idle()) return true;
    }
    if (!queue_->only_daemons_wait()) {
      idle_since_.reset();
      return false;
    }
    if (!idle_since_) idle_since_ = queue_->steady_now();
    const Duration settled =
        settings_.lease.given_up + settings_.lease.longest_probation + settings_.link_delay * 4;
    return queue_->now() - settled > processes_.quiet_from() && queue_->steady_now() - settled > *idle_since_;
  }

  /// From now on no process fails, and nothing is said over links.
  void stop_nodes() {
    is_stopped_ = true;
    processes_.stop();
    queue_->post(Processes::host_of(NodeIx{0}), the_membership, queue_->now(), StopNode{});
    for (std::uint32_t i = 0; i < nodes_.size(); ++i)
      queue_->post(Processes::host_of(NodeIx{i}), actor(NodeIx{i}), queue_->now(), StopNode{});
  }

  /// Has the state of the device on its way that an event to come is about.
  void prefetch(Route coming) {
    // The plant answers one question after the other, in the name of the device; what that sets off comes at
    // once.
    if (coming.from().kind != ActorKind::plant) return;
    const std::uint32_t device = coming.from().number;
    if (device >= devices_.size()) return;
    devices_[device].prefetch();
    plant_->prefetch(DeviceIx{device});
  }

  void begin_scheduler() {
    scheduler_.emplace(*roster_, settings_.until);
    membership_.emplace(settings_.lease, ++reign_);
    placement_.emplace(*roster_, settings_.costs);
    analyzers_.emplace_back(AnalyzerIx{0}, settings_.analyzer);
  }

  [[nodiscard]] const Device* device_at(Place place, DeviceIx ix) const {
    if (place == home_place) return ix.value < devices_.size() ? &devices_[ix.value] : nullptr;
    const auto& devices = nodes_[node_at(place).value].devices;
    return ix.value < devices.size() ? devices[ix.value].get() : nullptr;
  }
  [[nodiscard]] std::string_view own_name() const {
    return roster_->has_placement() ? std::string_view() : settings_.node;
  }

  void make_actors() {
    while (instances_.size() < roster_->instance_count()) {
      const InstanceIx instance{static_cast<std::uint32_t>(instances_.size())};
      instances_.emplace_back(instance, *roster_, own_name(), reign_);
    }
    if (roster_->has_placement()) return;
    devices_.reserve(roster_->device_count());
    while (devices_.size() < roster_->device_count()) {
      const DeviceIx device{static_cast<std::uint32_t>(devices_.size())};
      devices_.emplace_back(device, (*roster_)[device].kind, AnalyzerIx{0}, settings_.device);
    }
  }

  void end_scheduler() {
    scheduler_.reset();
    membership_.reset();
    placement_.reset();
    instances_.clear();
    devices_.clear();
    analyzers_.clear();
    process_ended(home_place);
  }

  void process_ended(Place place) {
    if (settings_.watch != nullptr) settings_.watch->process_ended(place);
    plant_->process_ended(place);
  }

  /// The store knows that an instance was deleted.
  void forget(InstanceIx ix) {
    std::erase(added_, ix);
    removed_.push_back(ix);
  }

  /// Goes on from what the store knows.
  void restart_scheduler();

  void begin_node(NodeIx ix) {
    nodes_[ix.value].begin(ix, (*roster_)[ix].offer, settings_.lease, settings_.analyzer);
    queue_->post(Processes::host_of(ix), actor(ix), queue_->now(), StartNode{});
  }

  /// A process ends, or begins.
  void on_change(const ProcessChange& change) {
    if (settings_.situations != nullptr) settings_.situations->changed(queue_->now(), change);
    switch (change.kind) {
      case ProcessChange::Kind::none:
        return;
      case ProcessChange::Kind::scheduler_ends:
        return end_scheduler();
      case ProcessChange::Kind::scheduler_begins:
        return restart_scheduler();
      case ProcessChange::Kind::node_ends:
        nodes_[change.node.value] = {};
        return process_ended(place_of(change.node));
      case ProcessChange::Kind::node_begins:
        return begin_node(change.node);
    }
  }

  template <class M>
  void deliver_to_node(ActorId to, const M& message);
  template <class M>
  void deliver(ActorId to, const M& message);

  template <class Actor, class M>
  void hand(Actor& actor, ActorId self, const M& message) {
    Context context(*this, self);
    if constexpr (requires { actor.on(message, context); }) {
      actor.on(message, context);
    } else {
      assert(!"a message for an actor that does not take it");
    }
  }

  const Roster* roster_;
  EventQueue* queue_;
  P* plant_;
  KernelSettings settings_;
  Processes processes_;
  std::optional<Scheduler> scheduler_;  ///< none while its process is down
  std::deque<Instance> instances_;
  std::vector<Device> devices_;
  std::deque<Analyzer> analyzers_;
  std::optional<Membership> membership_;
  std::optional<Placement> placement_;
  std::vector<InstanceIx> added_;
  std::vector<InstanceIx> removed_;
  std::size_t adding_ = 0;  ///< of which the scheduler has not heard yet
  std::vector<NodeProcess> nodes_;
  std::set<NodeIx> known_nodes_;  ///< that have ever joined: the store has them
  bool keeps_;                    ///< the scheduler's process may begin anew
  std::uint64_t reign_ = 0;       ///< how often it has begun
  /// Since when nothing but daemons' messages were on their way, of the steady time.
  std::optional<Instant> idle_since_;
  bool may_be_idle_ = false;  ///< the scheduler has heard something since it was last asked
  bool is_stopped_ = false;
  RandomStreams randoms_;
};

}  // namespace camfleet::sim

#include "simulator/kernel_impl.hpp"
