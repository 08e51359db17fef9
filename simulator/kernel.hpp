#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
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
#include "actors/machines/node_agent.hpp"
#include "actors/machines/placement.hpp"
#include "actors/machines/plant.hpp"
#include "actors/machines/recovery.hpp"
#include "actors/machines/scheduler.hpp"
#include "simulator/event_queue.hpp"
#include "simulator/kernel_settings.hpp"
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
    if (settings_.lose_one_in > 0 && is_lost(*event)) return true;
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
    if (from.place() == to.place()) return queue_->send(from, to, message);
    if constexpr (std::is_same_v<M, NodeJoined>) processes_.connect(message.node, message.term);
    if (processes_.reaches(from.place(), to.place()))
      queue_->post(from, to, processes_.arrival(from.place(), to.place()), message);
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
    return event.from() != event.to() && !by_kernel &&
           mix(settings_.seed ^ queue_->taken()) % settings_.lose_one_in == 0;
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

  /// The machines of a node's process; without an agent it is down.
  struct Node {
    std::optional<NodeAgent> agent;
    std::optional<Analyzer> analyzer;
    std::vector<std::unique_ptr<Device>> devices;  ///< made when first written to
  };

  void begin_scheduler() {
    scheduler_.emplace(*roster_, settings_.until);
    membership_.emplace(settings_.lease);
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
      instances_.emplace_back(instance, *roster_, own_name());
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
    plant_->process_ended(home_place);
  }

  /// The store knows that an instance was deleted.
  void forget(InstanceIx ix) {
    std::erase(added_, ix);
    removed_.push_back(ix);
  }

  /// Goes on from what the store knows.
  void restart_scheduler() {
    begin_scheduler();
    make_actors();
    adding_ = added_.size();
    std::vector<StoredInstance> stored;
    for (StoredInstance& one : plant_->stored()) {
      one.is_ended = std::ranges::find(removed_, one.instance) != removed_.end();
      const bool is_added = std::ranges::find(added_, one.instance) != added_.end();
      if (is_added || one.is_ended) stored.push_back(std::move(one));
    }
    const Recovery recovery =
        recover(stored, *roster_, {.now = queue_->now(), .settle = Duration::max(), .node = own_name()});
    for (const SliceRow& row : recovery.cancelled) plant_->slice_ended(row);
    for (const Recovery::Followed& one : recovery.followed) {
      for (const RecallSlice& slice : one.slices)
        queue_->post(the_scheduler, actor(one.add.instance), queue_->now(), slice);
    }
    for (const Recovery::Followed& one : recovery.followed)
      queue_->post(the_scheduler, the_scheduler, queue_->now(), one.add);
  }

  void begin_node(NodeIx ix) {
    Node& node = nodes_[ix.value];
    const NodeOffer& offer = (*roster_)[ix].offer;
    node.agent.emplace(ix, offer, settings_.lease);
    AnalyzerSettings analyzer = settings_.analyzer;
    analyzer.workers = offer.acu;
    node.analyzer.emplace(AnalyzerIx{0}, analyzer, place_of(ix));
    queue_->post(Processes::host_of(ix), actor(ix), queue_->now(), StartNode{});
  }

  /// A fault of a process begins or ends.
  void on_fault(const TimerFired& message) {
    const ProcessChange change = processes_.on(message);
    switch (change.kind) {
      case ProcessChange::Kind::none:
        return;
      case ProcessChange::Kind::scheduler_ends:
        return end_scheduler();
      case ProcessChange::Kind::scheduler_begins:
        return restart_scheduler();
      case ProcessChange::Kind::node_ends:
        nodes_[change.node.value] = {};
        return plant_->process_ended(place_of(change.node));
      case ProcessChange::Kind::node_begins:
        return begin_node(change.node);
    }
  }

  template <class M>
  void deliver_to_node(ActorId to, const M& message) {
    Node& node = nodes_[node_at(to.place()).value];
    if (!node.agent) return;
    switch (to.kind) {
      case ActorKind::device: {
        if (node.devices.size() <= to.number) node.devices.resize(to.number + 1);
        auto& device = node.devices[to.number];
        const DeviceIx ix{to.number};
        if (!device)
          device =
              std::make_unique<Device>(ix, (*roster_)[ix].kind, AnalyzerIx{0}, settings_.device, to.place());
        return hand(*device, to, message);
      }
      case ActorKind::analyzer:
        return hand(*node.analyzer, to, message);
      case ActorKind::node:
        return hand(*node.agent, to, message);
      default:
        assert(!"an actor that is on no node");
    }
  }

  template <class M>
  void deliver(ActorId to, const M& message) {
    plant_->acting(to);
    if (to.place() != home_place) return deliver_to_node(to, message);
    const bool outside = to.kind == ActorKind::plant || to.kind == ActorKind::node;
    if (!scheduler_ && !outside) return;
    switch (to.kind) {
      case ActorKind::scheduler:
        if constexpr (std::is_same_v<M, RemoveInstance>) forget(message.instance);
        if constexpr (std::is_same_v<M, AddInstance>) --adding_;
        may_be_idle_ = true;
        return hand(*scheduler_, to, message);
      case ActorKind::instance:
        return hand(instances_[to.number], to, message);
      case ActorKind::device:
        return hand(devices_[to.number], to, message);
      case ActorKind::analyzer:
        return hand(analyzers_[to.number], to, message);
      case ActorKind::plant:
        if constexpr (std::is_same_v<M, TimerFired>) return plant_->on(message);
        break;
      case ActorKind::placement:
        return hand(*placement_, to, message);
      case ActorKind::membership:
        if constexpr (std::is_same_v<M, NodeJoined>) processes_.heard(message);
        return hand(*membership_, to, message);
      case ActorKind::node:
        if constexpr (std::is_same_v<M, TimerFired>) return on_fault(message);
        break;
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
  std::vector<Node> nodes_;
  /// Since when nothing but daemons' messages were on their way, of the steady time.
  std::optional<Instant> idle_since_;
  bool may_be_idle_ = false;  ///< the scheduler has heard something since it was last asked
  bool is_stopped_ = false;
  RandomStreams randoms_;
};

}  // namespace camfleet::sim
