#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "actors/machines/executor.hpp"
#include "actors/machines/node_agent.hpp"
#include "actors/machines/protocol.hpp"
#include "actors/plan/capacity.hpp"
#include "actors/plan/load_strips.hpp"
#include "actors/plan/roster.hpp"

namespace camfleet {

/// Which node carries which device: one of its region as long as one of these has room for it, and of those
/// the one on which least runs while the device's slices do; of equal ones the least loaded for its ACU, then
/// the first. The devices of an instance are placed in the order in which their slices begin, so that what is
/// due at the same instant is spread. A device stays where it is, so that its instances share one pull of its
/// stream, until its node is lost or a node that joins takes its share.
class PlacementTable {
 public:
  PlacementTable(const Roster& roster, Costs costs);

  /// Places those devices of these instances that are nowhere, by what all of them ask. Answers the ones that
  /// now have a node.
  std::vector<DeviceIx> add(std::span<const InstanceIx> instances);
  std::vector<DeviceIx> add(InstanceIx instance) { return add(std::span(&instance, 1)); }
  void remove(InstanceIx instance);

  /// Answers the devices of the lost node, each now elsewhere or nowhere. Where that leaves the others badly
  /// spread, all are placed anew, and those are answered that move.
  std::vector<DeviceIx> lose(NodeIx node);
  /// Answers the devices that move to the node that has joined, until it carries its share; all that move
  /// where they had to be placed anew.
  std::vector<DeviceIx> join(NodeIx node);

  /// None: no node is alive, or no instance has it.
  [[nodiscard]] std::optional<Place> place(DeviceIx device) const { return devices_[device.value].place; }
  [[nodiscard]] bool alive(NodeIx node) const { return nodes_[node.value].alive; }
  /// Core time per second of all devices of a node, averaged over their rounds, if all their instances'
  /// windows were open.
  [[nodiscard]] Duration load(NodeIx node) const { return nodes_[node.value].load; }

  /// Where a device stands in the lists of instances.
  struct Mention {
    InstanceIx instance;
    std::uint32_t position = 0;
  };
  [[nodiscard]] const std::vector<Mention>& mentions(DeviceIx device) const {
    return devices_[device.value].mentions;
  }

 private:
  struct Node {
    bool alive = false;
    Duration load{0};
    NodeIx region;  ///< stands for all nodes of its region together in the strips
  };
  struct Device {
    std::optional<Place> place;
    std::vector<Mention> mentions;
  };
  /// What a device asks of its node for one instance.
  struct Demand {
    InstanceIx instance;
    std::uint32_t position = 0;
    Duration cost{0};  ///< of a slice, per second
    Duration mean{0};  ///< averaged over a round
  };
  /// How well a device is off on a node.
  struct Fit {
    Place place;
    /// 0: of its region, with room for it whatever comes together; 1: with such room; 2 and 3: the same, with
    /// room if the others keep to their mean; 4: without.
    std::uint8_t rank = 0;
    Duration peak{0};  ///< the most that runs there while its slices do, with them
    Duration load{0};  ///< of the node with it
  };

  [[nodiscard]] Demand demand_of(const Mention& mention) const;
  [[nodiscard]] std::vector<Demand> demands_of(DeviceIx device) const;
  [[nodiscard]] Fit fit_of(DeviceIx device, const std::vector<Demand>& demands, Place place) const;
  [[nodiscard]] bool is_better(const Fit& one, const Fit& other) const;
  /// None when no node is alive.
  [[nodiscard]] std::optional<Place> best_for(DeviceIx device, const std::vector<Demand>& demands) const;
  /// Devices in the order in which they are placed: by their first instance, then as they begin there.
  void sort(std::vector<DeviceIx>& devices) const;
  /// All that an instance has, in that order.
  [[nodiscard]] std::vector<DeviceIx> in_order() const;
  /// Puts a device that is nowhere on the best node.
  void settle(DeviceIx device);
  /// Places all anew where more than a slice above a node's share runs at once, and that helps.
  void spread_if_uneven(const std::vector<DeviceIx>& devices);
  /// By how much the worst node is above its share of what its region's nodes run at an instant.
  [[nodiscard]] Duration worst_excess(const std::vector<DeviceIx>& devices) const;
  /// The most that runs on a node while slices with these demands do.
  [[nodiscard]] Duration peak_of(NodeIx node, const std::vector<Demand>& demands) const;
  /// Puts devices where `places` says, which is all that is anywhere then.
  void put(const std::vector<DeviceIx>& devices, const std::vector<std::optional<Place>>& places);
  [[nodiscard]] std::vector<std::optional<Place>> places_of(const std::vector<DeviceIx>& devices) const;
  /// Those that are no longer where they were.
  [[nodiscard]] std::vector<DeviceIx> moved(const std::vector<DeviceIx>& devices,
                                            const std::vector<std::optional<Place>>& before) const;
  /// Adds to the load of a place, if it is one, what a device asks of it, or, with the sign -1, takes it
  /// away.
  void weigh(std::optional<Place> place, const Demand& demand, int sign);

  const Roster* roster_;
  Costs costs_;
  std::vector<Node> nodes_;
  std::vector<Device> devices_;
  LoadStrips strips_;
  std::vector<std::vector<Lane>> lanes_;  ///< by instance
};

/// Knows the nodes, gives each device one, and tells the instances. A node that was not heard of for two
/// seconds, or whose connection has ended, is lost. One that was lost must stay for a while before it carries
/// anything again, each time longer, so that a bad line does not throw its slices about; a cluster without
/// any other node takes it at once.
class Placement {
 public:
  Placement(const Roster& roster, Costs costs, const LeaseSettings& settings = {})
      : roster_(&roster),
        table_(roster, std::move(costs)),
        settings_(settings),
        members_(roster.node_count()) {}

  template <class Context>
  void on(const PlaceInstance& message, Context& context) {
    // Those that come together are placed together: what all of them ask of a device counts.
    if (added_.empty()) context.set_timer_after(settings_.gathering, timer_tag(Timer::gathered));
    added_.push_back(message.instance);
  }

  template <class Context>
  void on(const RemoveInstance& message, Context& /*context*/) {
    if (std::erase(added_, message.instance) == 0) table_.remove(message.instance);
  }

  template <class Context>
  void on(const NodeJoined& message, Context& context) {
    Member& node = members_[message.node.value];
    const bool known = node.connected && node.term == message.term;
    if (!known) {
      // It has begun anew before its silence was noticed.
      if (node.connected) lose(message.node, context);
      node.connected = true;
      node.term = message.term;
      node.admit_at = context.steady_now() + probation(node);
    }
    hear(message.node, message.sent_at, context);
    if (known) return;
    if (node.admit_at <= context.steady_now() || !any_alive()) admit(message.node, context);
    watch(context);
  }

  template <class Context>
  void on(const Heartbeat& message, Context& context) {
    const Member& node = members_[message.node.value];
    if (node.connected && node.term == message.term) hear(message.node, message.sent_at, context);
  }

  template <class Context>
  void on(const NodeGone& message, Context& context) {
    if (members_[message.node.value].connected) lose(message.node, context);
  }

  template <class Context>
  void on(const StopNode& /*message*/, Context& /*context*/) {
    is_stopped_ = true;
  }

  template <class Context>
  void on(const TimerFired& message, Context& context) {
    if (is_stopped_) return;
    if (is_kind(message.tag, Timer::gathered)) return place_added(context);
    if (message.tag.number != watch_) return;
    const Instant now = context.steady_now();
    for (std::uint32_t i = 0; i < members_.size(); ++i) {
      const Member& node = members_[i];
      if (!node.connected) continue;
      if (now >= node.heard_at + settings_.given_up) {
        lose(NodeIx{i}, context);
      } else if (!table_.alive(NodeIx{i}) && now >= node.admit_at) {
        admit(NodeIx{i}, context);
      }
    }
    watch(context);
  }

  [[nodiscard]] const PlacementTable& table() const { return table_; }

 private:
  enum class Timer : std::uint8_t { gathered, watch };
  /// A node as it is known.
  struct Member {
    bool connected = false;
    Instant term{};
    Instant heard_at{};
    Instant admit_at{};     ///< when it may carry devices
    Instant admitted_at{};  ///< when it last could
    std::uint32_t losses = 0;
  };

  [[nodiscard]] bool any_alive() const;
  /// How long a node must stay before it carries anything: nothing for a new one, then 2 s, 4 s … a minute.
  [[nodiscard]] Duration probation(const Member& node) const;
  /// When the next silent node would be given up, or the next one be admitted.
  [[nodiscard]] Instant next_look() const;
  void count_loss(NodeIx node, Instant now);

  template <class Context>
  void place_added(Context& context) {
    const std::vector<InstanceIx> added = std::exchange(added_, {});
    for (const DeviceIx device : table_.add(added)) carry(device, context);
    for (const InstanceIx instance : added) {
      const auto& devices = (*roster_)[instance].devices;
      for (std::uint32_t i = 0; i < devices.size(); ++i)
        context.send(actor(instance), DevicePlaced{i, table_.place(devices[i])});
    }
  }

  template <class Context>
  void hear(NodeIx node, Instant sent_at, Context& context) {
    members_[node.value].heard_at = context.steady_now();
    context.send(actor(node), HeartbeatSeen{members_[node.value].term, sent_at});
  }

  template <class Context>
  void admit(NodeIx node, Context& context) {
    members_[node.value].admitted_at = context.steady_now();
    for (const DeviceIx device : table_.join(node)) {
      carry(device, context);
      tell(device, context);
    }
  }

  template <class Context>
  void lose(NodeIx node, Context& context) {
    members_[node.value].connected = false;
    if (!table_.alive(node)) return;
    count_loss(node, context.steady_now());
    const std::vector<DeviceIx> moved = table_.lose(node);
    for (std::uint32_t i = 0; i < members_.size() && !any_alive(); ++i) {
      if (members_[i].connected) admit(NodeIx{i}, context);
    }
    for (const DeviceIx device : moved) {
      if (table_.place(device)) carry(device, context);
      tell(device, context);
    }
    for (std::uint32_t i = 0; i < roster_->instance_count(); ++i)
      context.send(actor(InstanceIx{i}), NodeLost{node});
  }

  template <class Context>
  void carry(DeviceIx device, Context& context) {
    context.send(actor(node_at(*table_.place(device))), CarryDevice{device});
  }

  template <class Context>
  void tell(DeviceIx device, Context& context) {
    for (const PlacementTable::Mention& mention : table_.mentions(device))
      context.send(actor(mention.instance), DevicePlaced{mention.position, table_.place(device)});
  }

  template <class Context>
  void watch(Context& context) {
    const Instant next = next_look();
    // An earlier timer that still runs is out of date.
    ++watch_;
    if (next != end_of_time)
      context.set_timer_after(next - context.steady_now(), timer_tag(Timer::watch, watch_));
  }

  const Roster* roster_;
  PlacementTable table_;
  LeaseSettings settings_;
  std::vector<Member> members_;
  std::vector<InstanceIx> added_;  ///< and not placed yet
  std::uint32_t watch_ = 0;        ///< which timer counts
  bool is_stopped_ = false;
};

}  // namespace camfleet
