#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/machines/placement.hpp"
#include "tests/actors/slices.hpp"

namespace camfleet::testing {

/// Nodes, devices and instances with one window in UTC each, and the table that places them.
class PlacedFleet {
 public:
  PlacedFleet() {
    for (const char* id : {"1", "2", "3"}) roster_.add_algorithm(id).value();
  }

  void add_node(std::uint32_t acu, const std::string& region = "") {
    roster_
        .add_node({"node-" + std::to_string(roster_.node_count()),
                   {.region = roster_.region(region).value(), .acu = acu}})
        .value();
  }
  DeviceIx add_device(const std::string& region = "") {
    const std::string id = "cam-" + std::to_string(roster_.device_count());
    return roster_.add_device({id, region, "rtsp://camera", DeviceKind::live, Duration(0), 0}).value();
  }
  /// Its name and devices are filled in; its window is the only one.
  InstanceIx add_instance(InstanceSpec spec, const std::vector<DeviceIx>& devices, DailyWindow window,
                          std::optional<Duration> phase = std::nullopt, FrameSize size = {}) {
    spec.name = "instance-" + std::to_string(roster_.instance_count());
    for (const DeviceIx device : devices)
      spec.devices.push_back({.id = roster_[device].id, .region = "", .size = size});
    if (spec.algorithms.empty()) spec.algorithms = {{"2", "person"}};
    spec.schedule.windows = {window};
    spec.schedule.zone = "UTC";
    std::optional<std::vector<Duration>> phases;
    if (phase) phases = {*phase};
    return roster_.add_instance(spec.name, spec, Instant(), phases).value();
  }

  /// Once all nodes are there.
  void make_table() { table_ = std::make_unique<PlacementTable>(roster_, Costs{}); }
  void join_all() {
    for (std::uint32_t i = 0; i < roster_.node_count(); ++i) join(NodeIx{i});
  }
  std::vector<DeviceIx> join(NodeIx node) {
    alive_.insert(node);
    return table_->join(node, roster_[node].offer);
  }
  std::vector<DeviceIx> lose(NodeIx node) {
    alive_.erase(node);
    return table_->lose(node);
  }
  [[nodiscard]] bool is_alive(NodeIx node) const { return alive_.contains(node); }
  [[nodiscard]] PlacementTable& table() { return *table_; }
  [[nodiscard]] const Roster& roster() const { return roster_; }

  [[nodiscard]] std::vector<std::optional<Place>> places() const {
    std::vector<std::optional<Place>> places;
    for (std::uint32_t i = 0; i < roster_.device_count(); ++i) places.push_back(table_->place(DeviceIx{i}));
    return places;
  }

  /// The slices of an instance on the first day.
  [[nodiscard]] std::vector<PlannedSlice> slices(InstanceIx ix) const {
    const InstanceEntry& entry = roster_[ix];
    const DailyWindow& listed = entry.calendar.schedule().windows.front();
    RoundPlan plan;
    plan.window = window(listed.start_s, listed.end_s);
    plan.polling = entry.spec.polling;
    plan.devices = static_cast<std::uint32_t>(entry.devices.size());
    plan.phase = entry.phases.front();
    return slices_of(plan);
  }

  /// The most slices of an instance that run on one node at once.
  [[nodiscard]] std::int64_t highest_peak(InstanceIx ix) const {
    std::map<std::optional<Place>, std::vector<PlannedSlice>> by_place;
    for (const PlannedSlice& slice : slices(ix))
      by_place[table_->place(roster_[ix].devices[slice.device])].push_back(slice);
    std::int64_t peak = 0;
    for (const auto& [place, own] : by_place) peak = std::max(peak, peak_of(own));
    return peak;
  }

 private:
  Roster roster_;
  std::unique_ptr<PlacementTable> table_;
  std::set<NodeIx> alive_;
};

}  // namespace camfleet::testing
