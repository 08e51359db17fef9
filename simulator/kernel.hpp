#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "actors/base/random.hpp"
#include "actors/machines/analyzer.hpp"
#include "actors/machines/device.hpp"
#include "actors/machines/instance.hpp"
#include "actors/machines/node_agent.hpp"
#include "actors/machines/placement.hpp"
#include "actors/machines/plant.hpp"
#include "actors/machines/recovery.hpp"
#include "actors/machines/scheduler.hpp"
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
/// scheduler's process takes its time. What a process holds is gone when it ends; after a restart of the
/// scheduler's, what the plant's store knows is gone on from.
template <class P>
class Kernel {
 public:
  Kernel(const Roster& roster, EventQueue& queue, P& plant, const KernelSettings& settings)
      : roster_(&roster),
        queue_(&queue),
        plant_(&plant),
        settings_(settings),
        links_(roster.node_count(), settings.link_delay, settings.faults),
        nodes_(roster.node_count()),
        node_downs_(std::max(roster.node_count(), 1U)),
        // What watches every message sees them in the queue.
        hands_on_(roster.node_count() == 0 && settings.lose_one_in == 0) {
    static_assert(Plant<P> && Executor<Context>);
    begin_scheduler();
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) begin_node(NodeIx{i});
    std::erase_if(settings_.faults, [](const Fault& fault) { return !is_of_process(fault); });
    for (std::uint32_t i = 0; i < settings_.faults.size(); ++i) {
      const Fault& fault = settings_.faults[i];
      queue_->set_timer(host_of(fault.node), fault.from, std::uint64_t{i} * 2);
      if (lasts(fault)) queue_->set_timer(host_of(fault.node), fault.to, std::uint64_t{i} * 2 + 1);
    }
  }

  /// What a handler sees: the executor and the plant, for one actor.
  class Context {
   public:
    Context(Kernel& kernel, ActorId self) : kernel_(&kernel), self_(self) {}
    [[nodiscard]] Instant now() const { return kernel_->queue_->now(); }
    template <class M>
    void send(ActorId to, const M& message) {
      if (self_.place == to.place) return kernel_->hand_on(self_, to, message);
      if constexpr (std::is_same_v<M, NodeJoined>) kernel_->connect(self_, message.term);
      if (kernel_->is_connected(self_, to))
        kernel_->queue_->post(self_, to, kernel_->links_.arrival(self_.place, to.place, now()), message);
    }
    [[nodiscard]] Instant steady_now() const { return kernel_->queue_->steady_now(); }
    TimerId set_timer(Instant at, std::uint64_t tag) { return kernel_->queue_->set_timer(self_, at, tag); }
    TimerId set_timer_after(Duration span, std::uint64_t tag) {
      return kernel_->queue_->set_timer_after(self_, span, tag);
    }
    void cancel_timer(TimerId timer) { kernel_->queue_->cancel_timer(timer); }
    std::uint64_t random(std::uint64_t bound) { return kernel_->random_of(self_).below(bound); }
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
  static constexpr Duration longest_lag = hours(24 * 7);

  /// Handles the next event; false when there is none, or when the run takes too long.
  bool step() {
    if (handed_ != nullptr && take_handed()) return true;
    if (queue_->now() - longest_lag * 2 > settings_.until) return false;
    const auto event = queue_->take();
    if (!event) return false;
    // The plant's answers come one after the other; what they set off comes at once.
    if (devices_.size() > cached_devices && event->from().kind == ActorKind::plant) prefetch();
    if (settings_.lose_one_in > 0 && is_lost(*event)) return true;
    std::visit([to = event->to(), this](const auto& message) { this->deliver(to, message); },
               *event->message);
    if (!nodes_.empty() && !stopped_) watch_nodes(*event);
    return true;
  }

  void run() {
    while (step()) {
    }
  }

  /// While its process is up.
  [[nodiscard]] const Scheduler& scheduler() const { return *scheduler_; }

 private:
  /// A message of the next nanosecond, as most between actors are: usually it is the next event, and need not
  /// go through the queue.
  template <class M>
  void hand_on(ActorId from, ActorId to, const M& message) {
    if (handed_ != nullptr) post_handed();
    if (!hands_on_ || !queue_->is_quiet())
      return queue_->post(from, to, queue_->now() + Duration(1), message);
    static_assert(sizeof(M) <= sizeof(Message) && std::is_trivially_destructible_v<M>);
    place_ ^= 1U;
    new (places_[place_].data()) M(message);
    way_ = Route(from, to);
    handed_ = [](Kernel& kernel, const std::byte* place, bool posts) {
      const M& held = *std::launder(reinterpret_cast<const M*>(place));
      if (!posts) return kernel.deliver(kernel.way_.to(), held);
      kernel.queue_->post(kernel.way_.from(), kernel.way_.to(), kernel.queue_->now() + Duration(1), held);
    };
  }
  void post_handed() { std::exchange(handed_, nullptr)(*this, places_[place_].data(), true); }
  /// Handles the message that was handed on; false when others come first.
  bool take_handed() {
    if (!queue_->take_handed(way_)) {
      post_handed();
      return false;
    }
    std::exchange(handed_, nullptr)(*this, places_[place_].data(), false);
    return true;
  }

  [[nodiscard]] bool is_lost(const Event& event) const {
    const bool by_kernel = event.from().kind == ActorKind::node && event.from().place == 0;
    return event.from() != event.to() && !by_kernel &&
           mix(settings_.seed ^ queue_->taken()) % settings_.lose_one_in == 0;
  }

  /// Stops the nodes when nothing is left to do.
  void watch_nodes(const Event& event) {
    const ActorId to = event.to();
    if (to.kind != ActorKind::placement && to.kind != ActorKind::node) worked_at_ = queue_->now();
    // An account that never comes would keep the nodes' heartbeats going for ever.
    const bool is_idle = queue_->now() - hours(2) > std::max(worked_at_, settings_.until);
    if (is_idle || queue_->now() - longest_lag > settings_.until) stop_nodes();
    if (to != the_scheduler || !scheduler_) return;
    if (std::holds_alternative<AddInstance>(*event.message)) --adding_;
    if (adding_ == 0 && scheduler_->idle()) stop_nodes();
  }

  /// The state of so many lies in the processor's caches anyway.
  static constexpr std::size_t cached_devices = 16'384;
  /// Has the state of a later event's device on its way while this one's is worked on.
  void prefetch() {
    const auto next = queue_->prefetch();
    if (!next || next->from().kind != ActorKind::plant) return;
    // The plant answers in the name of the device.
    const std::uint32_t device = next->from().number;
    if (device >= devices_.size()) return;
    devices_[device].prefetch();
    if constexpr (requires { plant_->prefetch(DeviceIx{}); }) plant_->prefetch(DeviceIx{device});
  }

  /// A process of the fleet; without an agent it is down.
  struct Node {
    std::optional<NodeAgent> agent;
    std::optional<Analyzer> analyzer;
    std::vector<std::unique_ptr<Device>> devices;  ///< made when first written to
    bool connected = false;                        ///< it has joined since the scheduler's process began …
    bool heard = false;                            ///< … and the placement has heard of it
    Instant term{};                                ///< of its connection
  };

  /// Whose timers are a node's faults: the machine that its process runs on.
  static constexpr ActorId host_of(NodeIx node) { return {ActorKind::node, 0, node.value}; }

  static constexpr bool is_of_process(const Fault& fault) {
    return fault.kind == FaultKind::node_crash || fault.kind == FaultKind::node_hang ||
           (victim_of(fault.kind) == Victim::scheduler && fault.kind < FaultKind::store_slow);
  }
  /// Its end is told too.
  static constexpr bool lasts(const Fault& fault) {
    return fault.kind == FaultKind::node_crash || fault.kind == FaultKind::scheduler_restart;
  }

  /// A node joins over a connection of its own. What is on its way over the one before is lost: it was meant
  /// for what the node has given up.
  void connect(ActorId agent, Instant term) {
    Node& node = nodes_[agent.place - 1U];
    if (!scheduler_ || (node.connected && node.term == term)) return;
    queue_->drop_from_scheduler(agent.place);
    node.connected = true;
    node.term = term;
    node.heard = false;
  }

  [[nodiscard]] bool is_connected(ActorId from, ActorId to) const {
    return from.place == 0 ? nodes_[to.place - 1U].heard : nodes_[from.place - 1U].connected;
  }

  void begin_scheduler() {
    scheduler_.emplace(*roster_, settings_.until);
    placement_.emplace(*roster_, settings_.costs, settings_.lease);
    analyzers_.emplace_back(AnalyzerIx{0}, settings_.analyzer);
  }

  void make_actors() {
    while (instances_.size() < roster_->instance_count()) {
      instances_.emplace_back(InstanceIx{static_cast<std::uint32_t>(instances_.size())}, *roster_,
                              nodes_.empty() ? settings_.node : std::string_view());
    }
    if (nodes_.empty()) devices_.reserve(roster_->device_count());
    while (nodes_.empty() && devices_.size() < roster_->device_count()) {
      const DeviceIx device{static_cast<std::uint32_t>(devices_.size())};
      devices_.emplace_back(device, (*roster_)[device].kind, AnalyzerIx{0}, settings_.device);
    }
  }

  void end_scheduler() {
    scheduler_.reset();
    placement_.reset();
    instances_.clear();
    devices_.clear();
    analyzers_.clear();
    queue_->drop(0);
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      nodes_[i].connected = nodes_[i].heard = false;
      queue_->drop_from_scheduler(actor(NodeIx{i}).place);
    }
    if constexpr (requires { plant_->process_ended(0); }) plant_->process_ended(0);
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
    if constexpr (requires { plant_->stored(); }) {
      std::vector<StoredInstance> stored;
      for (StoredInstance& one : plant_->stored()) {
        one.is_ended = std::ranges::find(removed_, one.instance) != removed_.end();
        const bool is_added = std::ranges::find(added_, one.instance) != added_.end();
        if (is_added || one.is_ended) stored.push_back(std::move(one));
      }
      const std::string_view node = nodes_.empty() ? settings_.node : std::string_view();
      const Recovery recovery =
          recover(stored, *roster_, {.now = queue_->now(), .settle = Duration::max(), .node = node});
      for (const SliceRow& row : recovery.cancelled) plant_->slice_ended(row);
      for (const Recovery::Followed& one : recovery.followed) {
        for (const RecallSlice& slice : one.slices)
          queue_->post(the_scheduler, actor(one.add.instance), queue_->now(), slice);
      }
      for (const Recovery::Followed& one : recovery.followed)
        queue_->post(the_scheduler, the_scheduler, queue_->now(), one.add);
    }
  }

  void begin_node(NodeIx ix) {
    Node& node = nodes_[ix.value];
    node.agent.emplace(ix, settings_.lease);
    AnalyzerSettings analyzer = settings_.analyzer;
    analyzer.workers = (*roster_)[ix].acu;
    node.analyzer.emplace(AnalyzerIx{0}, analyzer, actor(ix).place);
    queue_->post(host_of(ix), actor(ix), queue_->now(), StartNode{});
  }

  /// A fault of a process begins or ends.
  void on_fault(const Fault& fault, bool begins) {
    if (stopped_) return;
    if (fault.kind == FaultKind::clock_forward) return jump(fault.to - fault.from);
    if (fault.kind == FaultKind::clock_back) return jump(fault.from - fault.to);
    // Counted, not by the clock: that may be put back.
    std::uint32_t& count =
        fault.kind == FaultKind::scheduler_restart ? scheduler_downs_ : node_downs_[fault.node.value];
    if (lasts(fault)) count += begins ? 1 : -1U;
    const bool down = count > 0;
    if (fault.kind == FaultKind::scheduler_restart) {
      if (down && scheduler_) end_scheduler();
      if (!down && !scheduler_) restart_scheduler();
      return;
    }
    const ActorId agent = actor(fault.node);
    Node& node = nodes_[fault.node.value];
    if (fault.kind == FaultKind::node_hang) {
      if (node.agent) queue_->hold(agent.place, fault.to);
      return;
    }
    if (down && node.agent) {
      node = {};
      queue_->drop(agent.place);
      if constexpr (requires { plant_->process_ended(agent.place); }) plant_->process_ended(agent.place);
      queue_->post(host_of(fault.node), the_placement, links_.arrival(agent.place, 0, queue_->now()),
                   NodeGone{fault.node});
    }
    if (!down && !node.agent) begin_node(fault.node);
  }

  void jump(Duration by) {
    queue_->jump(by);
    links_.jump(by);
  }

  /// All is accounted for: the nodes need no longer tell that they are there.
  void stop_nodes() {
    stopped_ = true;
    queue_->post(host_of(NodeIx{0}), the_placement, queue_->now(), StopNode{});
    for (std::uint32_t i = 0; i < nodes_.size(); ++i)
      queue_->post(host_of(NodeIx{i}), actor(NodeIx{i}), queue_->now(), StopNode{});
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
        if (!device) {
          const std::uint16_t place = to.place;
          device = std::make_unique<Device>(ix, (*roster_)[ix].kind, AnalyzerIx{0}, settings_.device, place);
        }
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
    const bool outside = to.kind == ActorKind::plant || to.kind == ActorKind::node;
    if (!scheduler_ && !outside) return;
    switch (to.kind) {
      case ActorKind::scheduler:
        if constexpr (std::is_same_v<M, RemoveInstance>) forget(message.instance);
        return hand(*scheduler_, to, message);
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
        if constexpr (std::is_same_v<M, NodeJoined>) {
          Node& node = nodes_[message.node.value];
          node.heard = node.heard || (node.connected && node.term == message.term);
        }
        return hand(*placement_, to, message);
      case ActorKind::node:
        if constexpr (std::is_same_v<M, TimerFired>)
          return on_fault(settings_.faults[message.tag / 2], message.tag % 2 == 0);
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
  std::optional<Scheduler> scheduler_;  ///< none while its process is down
  std::deque<Instance> instances_;
  std::vector<Device> devices_;
  std::deque<Analyzer> analyzers_;
  std::optional<Placement> placement_;
  std::vector<InstanceIx> added_;
  std::vector<InstanceIx> removed_;
  std::size_t adding_ = 0;  ///< of which the scheduler has not heard yet
  Links links_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> node_downs_;  ///< faults that keep a process down, by node
  std::uint32_t scheduler_downs_ = 0;
  bool stopped_ = false;
  Instant worked_at_ = Instant::min();  ///< when anything but nodes' heartbeats was handled
  std::array<std::vector<Random>, actor_kinds> randoms_;
  bool hands_on_;
  /// The message that is handed on, if there is one, and the one that is being handled.
  void (*handed_)(Kernel& kernel, const std::byte* place, bool posts) = nullptr;
  Route way_;
  std::uint8_t place_ = 0;
  alignas(Message) std::array<std::array<std::byte, sizeof(Message)>, 2> places_{};
};

}  // namespace camfleet::sim
