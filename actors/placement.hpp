#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "actors/capacity.hpp"
#include "actors/executor.hpp"
#include "actors/node_agent.hpp"
#include "actors/protocol.hpp"
#include "actors/roster.hpp"

namespace camfleet {

/// Which node carries which device: by region, then the least loaded for its ACU, of equal ones the first. A
/// device stays where it is, so that its instances share one pull of its stream, until its node is lost or a
/// node that joins takes its share.
class PlacementTable {
 public:
  static constexpr std::uint16_t nowhere = 0;

  PlacementTable(const Roster& roster, Costs costs);

  /// The devices of an instance weigh what its slices cost, averaged over a round. Answers the ones that were
  /// nowhere before and now have a node.
  std::vector<DeviceIx> add(InstanceIx instance);
  void remove(InstanceIx instance);

  /// Answers the devices of the lost node, each now elsewhere or nowhere.
  std::vector<DeviceIx> lose(NodeIx node);
  /// Answers the devices that move to the node that has joined, until it carries its share.
  std::vector<DeviceIx> join(NodeIx node);

  [[nodiscard]] std::uint16_t place(DeviceIx device) const { return devices_[device.value].place; }
  [[nodiscard]] bool alive(NodeIx node) const { return nodes_[node.value].alive; }
  /// Core time per second of all devices of a node, if all their instances' windows were open.
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
  };
  struct Device {
    std::uint16_t place = nowhere;
    Duration cost{0};
    std::vector<Mention> mentions;
  };

  [[nodiscard]] std::uint16_t best_for(DeviceIx device) const;
  [[nodiscard]] bool is_home(DeviceIx device, std::uint16_t place) const;
  /// True when one of these loads is lighter for its node than the other.
  [[nodiscard]] bool lighter(std::uint16_t one, Duration one_load, std::uint16_t other,
                             Duration other_load) const;
  /// True when the device is better off there than where it is.
  [[nodiscard]] bool gains(DeviceIx device, std::uint16_t place) const;
  void put(DeviceIx device, std::uint16_t place);
  /// False when it has a node already, or there is none.
  bool settle(DeviceIx device);
  void weigh(InstanceIx instance, int sign);

  const Roster* roster_;
  Costs costs_;
  std::vector<Node> nodes_;
  std::vector<Device> devices_;
};

/// Knows the nodes, gives each device one, and tells the instances. A node that was not heard of for two
/// seconds, or whose connection has ended, is lost. One that was lost must stay for a while before it carries
/// anything again, each time longer, so that a bad line does not throw its slices about; a fleet without any
/// other node takes it at once.
class Placement {
 public:
  Placement(const Roster& roster, Costs costs, const LeaseSettings& settings = {})
      : roster_(&roster),
        table_(roster, std::move(costs)),
        settings_(settings),
        members_(roster.node_count()) {}

  template <class Context>
  void on(const PlaceInstance& message, Context& context) {
    for (const DeviceIx device : table_.add(message.instance)) carry(device, context);
    const auto& devices = (*roster_)[message.instance].devices;
    for (std::uint32_t i = 0; i < devices.size(); ++i)
      context.send(actor(message.instance), DevicePlaced{i, table_.place(devices[i])});
  }

  template <class Context>
  void on(const RemoveInstance& message, Context& /*context*/) {
    table_.remove(message.instance);
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
  void on(const TimerFired& message, Context& context) {
    if (stopped_ || message.tag != watch_) return;
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

  template <class Context>
  void on(const StopNode& /*message*/, Context& /*context*/) {
    stopped_ = true;
  }

  [[nodiscard]] const PlacementTable& table() const { return table_; }

 private:
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
      if (table_.place(device) != PlacementTable::nowhere) carry(device, context);
      tell(device, context);
    }
    for (std::uint32_t i = 0; i < roster_->instance_count(); ++i)
      context.send(actor(InstanceIx{i}), NodeLost{actor(node).place});
  }

  template <class Context>
  void carry(DeviceIx device, Context& context) {
    context.send(actor(NodeIx{table_.place(device) - 1U}), CarryDevice{device});
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
    if (next != end_of_time) context.set_timer_after(next - context.steady_now(), watch_);
  }

  const Roster* roster_;
  PlacementTable table_;
  LeaseSettings settings_;
  std::vector<Member> members_;
  std::uint64_t watch_ = 0;
  bool stopped_ = false;
};

}  // namespace camfleet
