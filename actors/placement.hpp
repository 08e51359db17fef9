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
/// seconds, or whose connection has ended, is lost.
class Placement {
 public:
  Placement(const Roster& roster, Costs costs, const LeaseSettings& settings = {})
      : roster_(&roster), table_(roster, std::move(costs)), settings_(settings), seen_(roster.node_count()) {}

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
    Seen& node = seen_[message.node.value];
    const bool known = table_.alive(message.node) && node.term == message.term;
    if (!known) {
      // It has begun anew before its silence was noticed.
      if (table_.alive(message.node)) lose(message.node, context);
      node.term = message.term;
    }
    hear(message.node, message.sent_at, context);
    if (known) return;
    for (const DeviceIx device : table_.join(message.node)) {
      carry(device, context);
      tell(device, context);
    }
    if (!watching_) watch(context);
  }

  template <class Context>
  void on(const Heartbeat& message, Context& context) {
    if (!table_.alive(message.node) || seen_[message.node.value].term != message.term) return;
    hear(message.node, message.sent_at, context);
  }

  template <class Context>
  void on(const NodeGone& message, Context& context) {
    if (table_.alive(message.node)) lose(message.node, context);
  }

  template <class Context>
  void on(const TimerFired& /*message*/, Context& context) {
    watching_ = false;
    if (stopped_) return;
    for (std::uint32_t i = 0; i < seen_.size(); ++i) {
      if (table_.alive(NodeIx{i}) && context.now() >= seen_[i].at + settings_.given_up)
        lose(NodeIx{i}, context);
    }
    watch(context);
  }

  template <class Context>
  void on(const StopNode& /*message*/, Context& /*context*/) {
    stopped_ = true;
  }

  [[nodiscard]] const PlacementTable& table() const { return table_; }

 private:
  struct Seen {
    Instant term{};
    Instant at{};
  };

  template <class Context>
  void hear(NodeIx node, Instant sent_at, Context& context) {
    seen_[node.value].at = context.now();
    context.send(actor(node), HeartbeatSeen{seen_[node.value].term, sent_at});
  }

  template <class Context>
  void lose(NodeIx node, Context& context) {
    for (const DeviceIx device : table_.lose(node)) {
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

  /// Waits until the node that was silent for longest would be given up.
  template <class Context>
  void watch(Context& context) {
    Instant first = end_of_time;
    for (std::uint32_t i = 0; i < seen_.size(); ++i) {
      if (table_.alive(NodeIx{i})) first = std::min(first, seen_[i].at + settings_.given_up);
    }
    if (first == end_of_time) return;
    watching_ = true;
    context.set_timer(first, 0);
  }

  const Roster* roster_;
  PlacementTable table_;
  LeaseSettings settings_;
  std::vector<Seen> seen_;
  bool watching_ = false;
  bool stopped_ = false;
};

}  // namespace camfleet
