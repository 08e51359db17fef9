#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "actors/machines/executor.hpp"
#include "actors/machines/placement_table.hpp"
#include "actors/machines/protocol.hpp"
#include "actors/plan/roster.hpp"

namespace camfleet {

/// Gives each device a node of those that the membership admits, and tells the nodes and the instances.
class Placement {
 public:
  Placement(const Roster& roster, Costs costs) : roster_(&roster), table_(roster, std::move(costs)) {}

  template <class Context>
  void on(const PlaceInstance& message, Context& context) {
    // Those that come together are placed together: what all of them ask of a device counts.
    if (added_.empty()) context.set_timer_after(gathering, {});
    added_.push_back(message.instance);
  }

  template <class Context>
  void on(const RemoveInstance& message, Context& context) {
    if (std::erase(added_, message.instance) == 0) move(table_.remove(message.instance), context);
  }

  template <class Context>
  void on(const NodeAdmitted& message, Context& context) {
    if (table_.alive(message.node)) on(NodeLost{message.node}, context);
    move(table_.join(message.node, message.offer), context);
  }

  template <class Context>
  void on(const NodeLost& message, Context& context) {
    if (!table_.alive(message.node)) return;
    move(table_.lose(message.node), context);
    if (told_.size() <= message.node.value) return;
    // Whoever has nothing there any more takes it so.
    const std::vector<bool> told = std::exchange(told_[message.node.value], {});
    for (std::uint32_t i = 0; i < told.size(); ++i) {
      if (told[i]) context.send(actor(InstanceIx{i}), message);
    }
  }

  template <class Context>
  void on(const TimerFired& /*message*/, Context& context) {
    const std::vector<InstanceIx> added = std::exchange(added_, {});
    std::vector<bool> is_added(roster_->instance_count());
    for (const InstanceIx instance : added) is_added[instance.value] = true;
    for (const DeviceIx device : table_.add(added)) {
      carry(device, context);
      for (const PlacementTable::Mention& mention : table_.mentions(device)) {
        if (!is_added[mention.instance.value]) tell(mention, context);
      }
    }
    for (const InstanceIx instance : added) {
      const auto count = static_cast<std::uint32_t>((*roster_)[instance].devices.size());
      for (std::uint32_t i = 0; i < count; ++i) tell({instance, i}, context);
    }
  }

  [[nodiscard]] const PlacementTable& table() const { return table_; }

 private:
  /// Instances that are added within it are placed together.
  static constexpr Duration gathering = milliseconds(1);

  template <class Context>
  void move(const std::vector<DeviceIx>& devices, Context& context) {
    for (const DeviceIx device : devices) {
      if (table_.place(device)) carry(device, context);
      for (const PlacementTable::Mention& mention : table_.mentions(device)) tell(mention, context);
    }
  }

  template <class Context>
  void carry(DeviceIx device, Context& context) {
    context.send(actor(node_at(*table_.place(device))), CarryDevice{device});
  }

  template <class Context>
  void tell(const PlacementTable::Mention& mention, Context& context) {
    const std::optional<Place> place = table_.place(mention);
    if (place) note_told(mention.instance, node_at(*place));
    context.send(actor(mention.instance), DevicePlaced{mention.position, place});
  }

  /// An instance may have slices on a node from now on.
  void note_told(InstanceIx instance, NodeIx node) {
    if (told_.size() <= node.value) told_.resize(node.value + 1U);
    std::vector<bool>& told = told_[node.value];
    if (told.size() <= instance.value) told.resize(instance.value + 1U);
    told[instance.value] = true;
  }

  const Roster* roster_;
  PlacementTable table_;
  std::vector<InstanceIx> added_;        ///< and not placed yet
  std::vector<std::vector<bool>> told_;  ///< by node, then by instance: it may have slices there
};

}  // namespace camfleet
