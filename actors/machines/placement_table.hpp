#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "actors/machines/protocol.hpp"
#include "actors/plan/capacity.hpp"
#include "actors/plan/load_strips.hpp"
#include "actors/plan/roster.hpp"

namespace camfleet {

/// Which node carries which device: one that reaches it and has its algorithms, of its region as long as one
/// of these has room for it, and of those the one on which least runs while the device's slices do; of equal
/// ones the least loaded for its ACU, then the first. The devices of an instance are placed in the order in
/// which their slices begin, so that what is due at the same instant is spread. A device stays where it is,
/// so that its instances share one pull of its stream, until its node is lost or a node that joins takes its
/// share.
class PlacementTable {
 public:
  /// Where a device stands in the lists of instances.
  struct Mention {
    InstanceIx instance;
    std::uint32_t position = 0;
  };

  PlacementTable(const Roster& roster, Costs costs);

  /// Places those devices of these instances that are nowhere, or where not all of their algorithms are, by
  /// what all of their instances ask. Answers the ones that now have a node, or another one.
  std::vector<DeviceIx> add(std::span<const InstanceIx> instances);
  std::vector<DeviceIx> add(InstanceIx instance) { return add(std::span(&instance, 1)); }
  /// A device that is nowhere is put on this node, if no other one serves more of its instances: it is there
  /// already.
  void keep(DeviceIx device, NodeIx node);
  /// Answers the devices that move to where more of their other instances are served.
  std::vector<DeviceIx> remove(InstanceIx instance);

  /// Answers the devices of the lost node, each now elsewhere or nowhere. Where that leaves the others badly
  /// spread, all are placed anew, and those are answered that move.
  std::vector<DeviceIx> lose(NodeIx node);
  /// Answers the devices that move to the node that has joined, until it carries its share; all that move
  /// where they had to be placed anew.
  std::vector<DeviceIx> join(NodeIx node, const NodeOffer& offer);

  /// None: no node that is alive can carry it, or no instance has it.
  [[nodiscard]] std::optional<Place> place(DeviceIx device) const { return devices_[device.value].place; }
  [[nodiscard]] bool alive(NodeIx node) const {
    return node.value < nodes_.size() && nodes_[node.value].alive;
  }
  /// Core time per second of all devices of a node, averaged over their rounds, if all their instances'
  /// windows were open.
  [[nodiscard]] Duration load(NodeIx node) const { return nodes_[node.value].load; }
  /// Where slices of a device begin for one of its instances: none, where its node lacks an algorithm of it.
  [[nodiscard]] std::optional<Place> place(const Mention& mention) const;

  [[nodiscard]] const std::vector<Mention>& mentions(DeviceIx device) const {
    return devices_[device.value].mentions;
  }

 private:
  struct Node {
    bool alive = false;
    Duration load{0};
    NodeOffer offer;
  };
  struct Device {
    std::optional<Place> place;
    std::optional<Place> kept;  ///< until it is placed
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
    std::uint32_t served = 0;  ///< of its instances
    /// 0: of its region, with room for it whatever comes together; 1: with such room; 2 and 3: the same, with
    /// room if the others keep to their mean; 4: without.
    std::uint8_t rank = 0;
    Duration peak{0};  ///< the most that runs there while its slices do, with them
    Duration load{0};  ///< of the node with it
  };

  /// In the strips: of a node, and of all nodes of a region together.
  static std::uint32_t row_of(NodeIx node) { return node.value * 2; }
  static std::uint32_t row_of(RegionIx region) { return region.value * 2 + 1; }
  [[nodiscard]] const NodeOffer& offer_at(Place place) const { return nodes_[node_at(place).value].offer; }
  [[nodiscard]] IdSet<AlgorithmIx> algorithms_of(InstanceIx instance) const;
  /// How many of the instances that have a device could have it analysed on a node; none when that does not
  /// reach it.
  [[nodiscard]] std::uint32_t served(DeviceIx device, const NodeOffer& offer) const;
  [[nodiscard]] Demand demand_of(const Mention& mention) const;
  [[nodiscard]] std::vector<Demand> demands_of(DeviceIx device) const;
  [[nodiscard]] Fit fit_of(DeviceIx device, const std::vector<Demand>& demands, Place place) const;
  [[nodiscard]] bool is_better(const Fit& one, const Fit& other) const;
  /// None when no node that is alive can carry it.
  [[nodiscard]] std::optional<Place> best_for(DeviceIx device, const std::vector<Demand>& demands) const;
  /// Devices in the order in which they are placed: by their first instance, then as they begin there.
  void sort(std::vector<DeviceIx>& devices) const;
  /// All that an instance has, in that order.
  [[nodiscard]] std::vector<DeviceIx> in_order() const;
  /// Puts a device that is nowhere on the best node.
  void settle(DeviceIx device);
  /// Puts a device elsewhere where that serves more of its instances; false: it stays.
  bool settle_better(DeviceIx device);
  /// Places all anew where more than a slice above a node's share runs at once, and that helps.
  void spread_if_uneven(const std::vector<DeviceIx>& devices);
  /// By how much the worst node is above its share of what its region's nodes run at an instant.
  [[nodiscard]] Duration worst_excess(const std::vector<DeviceIx>& devices) const;
  /// The most that runs in a row of the strips while slices with these demands do.
  [[nodiscard]] Duration peak_of(std::uint32_t row, const std::vector<Demand>& demands) const;
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

}  // namespace camfleet
