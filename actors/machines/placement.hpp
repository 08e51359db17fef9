#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
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
    if (added_.empty()) context.set_timer_after(gathering, timer_tag(Timer::gathered));
    added_.push_back(message.instance);
  }

  template <class Context>
  void on(const AwaitNode& message, Context& context) {
    if (!is_awaiting()) context.set_timer_after(longest_wait, timer_tag(Timer::waited));
    awaited_.insert(message.node);
  }

  template <class Context>
  void on(const KeptDevice& message, Context& /*context*/) {
    // What has been placed stays there; what runs is told of when the node is lost.
    if (is_awaiting())
      kept_.try_emplace(message.device, message.node);
    else
      note_kept(message.device, message.node);
  }

  template <class Context>
  void on(const KeptSlice& message, Context& context) {
    const NodeIx node = node_at(message.from);
    if (!come_.contains(node) && !table_.alive(node) && !draining_.contains(node)) {
      // It was lost again, or may not carry anything yet.
      context.plant().answer_dropped(message.from);
      const ActorId device = at_place(message.from, actor(message.device));
      return context.send(device, CancelSlice{message.instance, message.slice});
    }
    // Several nodes may have carried a device.
    if (is_awaiting()) kept_.insert_or_assign(message.device, node);
    note_told(message.instance, node);
    context.send(actor(message.instance), message);
  }

  template <class Context>
  void on(const DrainNode& message, Context& context) {
    if (is_awaiting()) {
      if (come_.contains(message.node)) draining_.insert(message.node);
    } else if (table_.alive(message.node)) {
      draining_.insert(message.node);
      drain(message.node, context);
    } else if (!draining_.contains(message.node)) {
      // It may not carry anything yet.
      context.send(actor(message.node), DrainSeen{});
    }
  }

  template <class Context>
  void on(const KeptTold& message, Context& context) {
    if (awaited_.erase(message.node) > 0 && awaited_.empty()) end_wait(context);
  }

  template <class Context>
  void on(const RemoveInstance& message, Context& context) {
    if (std::erase(added_, message.instance) == 0) move(table_.remove(message.instance), context);
  }

  template <class Context>
  void on(const NodeAdmitted& message, Context& context) {
    if (is_awaiting()) {
      come_.insert_or_assign(message.node, message.offer);
      return;
    }
    if (table_.alive(message.node) || draining_.contains(message.node)) on(NodeLost{message.node}, context);
    move(table_.join(message.node, message.offer), context);
  }

  template <class Context>
  void on(const NodeLost& message, Context& context) {
    const bool has_drained = draining_.erase(message.node) > 0;
    if (come_.erase(message.node) > 0) {
      std::erase_if(kept_, [&](const auto& one) { return one.second == message.node; });
    } else if (table_.alive(message.node)) {
      move(table_.lose(message.node), context);
    } else if (!has_drained) {
      return;
    }
    // Whoever has nothing there any more takes it so.
    tell_those_on(message.node, message, context);
    if (told_.size() > message.node.value) told_[message.node.value].clear();
  }

  template <class Context>
  void on(const TimerFired& message, Context& context) {
    if (is_kind(message.tag, Timer::waited)) {
      awaited_.clear();
      return end_wait(context);
    }
    if (!is_awaiting()) place_added(context);
  }

  [[nodiscard]] const PlacementTable& table() const { return table_; }

 private:
  enum class Timer : std::uint8_t { gathered, waited };
  /// Instances that are added within it are placed together.
  static constexpr Duration gathering = milliseconds(1);
  /// For nodes that may have what runs, after a restart: longer than a lease.
  static constexpr Duration longest_wait = seconds(5);

  [[nodiscard]] bool is_awaiting() const { return !awaited_.empty(); }

  /// All are there that were waited for, or it has taken too long.
  template <class Context>
  void end_wait(Context& context) {
    for (const auto& [node, offer] : std::exchange(come_, {})) move(table_.join(node, offer), context);
    for (const auto& [device, node] : kept_) table_.keep(device, node);
    place_added(context);
    for (const auto& [device, node] : std::exchange(kept_, {})) note_kept(device, node);
    for (const NodeIx node : draining_) drain(node, context);
  }

  template <class Context>
  void drain(NodeIx node, Context& context) {
    move(table_.lose(node), context);
    tell_those_on(node, NodeDrains{node}, context);
    context.send(actor(node), DrainSeen{});
  }

  /// All instances that may have slices on a node.
  template <class M, class Context>
  void tell_those_on(NodeIx node, const M& message, Context& context) {
    if (told_.size() <= node.value) return;
    const std::vector<bool>& told = told_[node.value];
    for (std::uint32_t i = 0; i < told.size(); ++i) {
      if (told[i]) context.send(actor(InstanceIx{i}), message);
    }
  }

  /// A node has it from before: its instances may have slices there.
  void note_kept(DeviceIx device, NodeIx node) {
    for (const PlacementTable::Mention& mention : table_.mentions(device)) note_told(mention.instance, node);
  }

  template <class Context>
  void place_added(Context& context) {
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
  std::set<NodeIx> awaited_;             ///< after a restart: nothing is placed before they are there …
  std::map<NodeIx, NodeOffer> come_;     ///< … and those that are
  std::map<DeviceIx, NodeIx> kept_;      ///< what those have from before
  std::set<NodeIx> draining_;            ///< nothing begins there any more
  std::vector<std::vector<bool>> told_;  ///< by node, then by instance: it may have slices there
};

}  // namespace camfleet
