#pragma once

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/analyzer.hpp"
#include "actors/device.hpp"
#include "actors/instance.hpp"
#include "actors/node_agent.hpp"
#include "actors/placement.hpp"
#include "actors/plant.hpp"
#include "actors/random.hpp"
#include "actors/scheduler.hpp"
#include "simulator/event_queue.hpp"
#include "simulator/link.hpp"

namespace camfleet::sim {

struct KernelSettings {
  std::uint64_t seed = 1;
  Instant until = end_of_time;  ///< nothing is due from here on
  AnalyzerSettings analyzer;
  DeviceSettings device;
  std::string node = "local";     ///< of the ledger's rows
  std::uint64_t lose_one_in = 0;  ///< tests alone: every n-th message between actors is lost; 0 = none
  /// For a roster with nodes: each has an analyzer with as many workers as ACU.
  Costs costs{};  ///< what placement weighs devices by
  LeaseSettings lease{};
  Duration link_delay = std::chrono::microseconds(500);
  std::vector<Fault> faults{};  ///< of which those of nodes and links are the kernel's
};

/// The executor with virtual time: calls the machines of actors/ on one thread, in the order of the event
/// queue. The plant answers through the same queue; timers that it sets for an ActorId of kind `plant` come
/// back to it as on(TimerFired).
///
/// With nodes in the roster, devices and analyzers are on them, and what passes between a node and the
/// scheduler's process takes its time; a node's machines are gone when it crashes.
template <class P>
class Kernel {
 public:
  Kernel(const Roster& roster, EventQueue& queue, P& plant, const KernelSettings& settings)
      : roster_(&roster),
        queue_(&queue),
        plant_(&plant),
        settings_(settings),
        scheduler_(roster, settings.until),
        placement_(roster, settings.costs, settings.lease),
        links_(roster.node_count(), settings.link_delay, settings.faults),
        nodes_(roster.node_count()) {
    static_assert(Plant<P> && Executor<Context>);
    analyzers_.emplace_back(AnalyzerIx{0}, settings.analyzer);
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) begin_node(NodeIx{i});
    for (std::uint32_t i = 0; i < settings_.faults.size(); ++i) {
      const Fault& fault = settings_.faults[i];
      if (fault.kind != FaultKind::node_crash && fault.kind != FaultKind::node_hang) continue;
      queue_->set_timer(host_of(fault.node), fault.from, i);
      if (fault.kind == FaultKind::node_crash) queue_->set_timer(host_of(fault.node), fault.to, i);
    }
  }

  /// What a handler sees: the executor and the plant, for one actor.
  class Context {
   public:
    Context(Kernel& kernel, ActorId self) : kernel_(&kernel), self_(self) {}
    [[nodiscard]] Instant now() const { return kernel_->queue_->now(); }
    template <class M>
    void send(ActorId to, const M& message) {
      const bool near = self_.place == to.place;
      kernel_->queue_->post(
          self_, to, near ? now() + Duration(1) : kernel_->links_.arrival(self_.place, to.place, now()),
          message);
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
                              nodes_.empty() ? settings_.node : std::string_view());
    }
    while (nodes_.empty() && devices_.size() < roster_->device_count()) {
      const DeviceIx device{static_cast<std::uint32_t>(devices_.size())};
      devices_.emplace_back(device, (*roster_)[device].kind, AnalyzerIx{0}, settings_.device);
    }
    // The nodes have joined by then.
    const Duration head_start = nodes_.empty() ? Duration(0) : settings_.link_delay * 4;
    queue_->post(the_scheduler, the_scheduler, queue_->now() + head_start, AddInstance{ix});
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
    if (!nodes_.empty() && !stopped_ && event->to == the_scheduler && scheduler_.idle()) stop_nodes();
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

  /// A process of the fleet; without an agent it is down.
  struct Node {
    std::optional<NodeAgent> agent;
    std::optional<Analyzer> analyzer;
    std::vector<std::unique_ptr<Device>> devices;  ///< made when first written to
  };

  /// Whose timers are a node's faults: the machine that its process runs on.
  static constexpr ActorId host_of(NodeIx node) { return {ActorKind::node, 0, node.value}; }

  void begin_node(NodeIx ix) {
    Node& node = nodes_[ix.value];
    node.agent.emplace(ix, settings_.lease);
    AnalyzerSettings analyzer = settings_.analyzer;
    analyzer.workers = (*roster_)[ix].acu;
    node.analyzer.emplace(AnalyzerIx{0}, analyzer, actor(ix).place);
    queue_->post(host_of(ix), actor(ix), queue_->now(), StartNode{});
  }

  /// A fault of a node begins or ends.
  void on_fault(const Fault& fault) {
    const ActorId agent = actor(fault.node);
    Node& node = nodes_[fault.node.value];
    if (fault.kind == FaultKind::node_hang) {
      if (node.agent) queue_->hold(agent.place, fault.to);
      return;
    }
    const bool begins = queue_->now() < fault.to;
    if (begins && node.agent) {
      node = {};
      queue_->drop(agent.place);
      if constexpr (requires { plant_->node_ended(agent.place); }) plant_->node_ended(agent.place);
      queue_->post(host_of(fault.node), the_placement, links_.arrival(agent.place, 0, queue_->now()),
                   NodeGone{fault.node});
    }
    if (begins || node.agent || stopped_) return;
    const bool another = std::ranges::any_of(settings_.faults, [&](const Fault& other) {
      return other.kind == FaultKind::node_crash && other.node == fault.node && other.from <= queue_->now() &&
             queue_->now() < other.to;
    });
    if (!another) begin_node(fault.node);
  }

  /// All is accounted for: the nodes need no longer tell that they are there.
  void stop_nodes() {
    stopped_ = true;
    queue_->post(the_scheduler, the_placement, queue_->now(), StopNode{});
    for (std::uint32_t i = 0; i < nodes_.size(); ++i)
      queue_->post(the_scheduler, actor(NodeIx{i}), queue_->now(), StopNode{});
  }

  template <class M>
  void deliver_to_node(ActorId to, const M& message) {
    Node& node = nodes_[to.place - 1U];
    if (!node.agent) return;
    switch (to.kind) {
      case ActorKind::device: {
        if (node.devices.size() <= to.number) node.devices.resize(to.number + 1);
        auto& device = node.devices[to.number];
        const DeviceIx ix{to.number};
        if (!device)
          device =
              std::make_unique<Device>(ix, (*roster_)[ix].kind, AnalyzerIx{0}, settings_.device, to.place);
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
    if constexpr (requires { plant_->acting(to); }) plant_->acting(to);
    if (to.place != 0) return deliver_to_node(to, message);
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
        break;
      case ActorKind::placement:
        return hand(placement_, to, message);
      case ActorKind::node:
        if constexpr (std::is_same_v<M, TimerFired>) return on_fault(settings_.faults[message.tag]);
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

  Random& random_of(ActorId id) {
    auto& streams = randoms_[static_cast<std::size_t>(id.kind)];
    while (streams.size() <= id.number) {
      streams.push_back(Random::of(settings_.seed, {id.kind, 0, static_cast<std::uint32_t>(streams.size())}));
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
  Placement placement_;
  Links links_;
  std::vector<Node> nodes_;
  bool stopped_ = false;
  std::array<std::vector<Random>, actor_kinds> randoms_;
};

}  // namespace camfleet::sim
