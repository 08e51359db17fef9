#include "simulator/node_loads.hpp"

#include <algorithm>
#include <utility>

namespace camfleet::sim {

NodeLoads::NodeLoads(const Roster& roster, const StreamFormats& formats, const Costs& costs)
    : roster_(&roster), processes_(roster.node_count() + 1U) {
  for (std::uint32_t i = 0; i < roster.instance_count(); ++i) {
    const InstanceEntry& instance = roster[InstanceIx{i}];
    InstanceCosts& own = costs_.emplace_back();
    for (std::size_t device = 0; device < instance.devices.size(); ++device) {
      const DeviceIx ix = instance.devices[device];
      const StreamFormat stream = formats.of(ix, instance.spec.devices[device]);
      own.by_device.emplace_back(ix, slice_cost(stream, instance.spec, costs));
    }
    own.of_all = own.by_device.front().second;
    if (std::ranges::all_of(own.by_device, [&](const auto& one) { return one.second == own.of_all; })) {
      own.by_device = {};
    } else {
      std::ranges::sort(own.by_device);
    }
  }
}

Duration NodeLoads::cost_of(const SliceKey& key) const {
  const InstanceCosts& own = costs_[key.instance.value];
  if (own.by_device.empty()) return own.of_all;
  return std::ranges::lower_bound(own.by_device, key.device, {}, &std::pair<DeviceIx, Duration>::first)
      ->second;
}

void NodeLoads::Process::change(Duration by, Instant now) {
  if (now > changed) {
    peak = std::max(peak, load);
    changed = now;
  }
  load += by;
}

void NodeLoads::begin(const SliceKey& key, Place place, Instant now) {
  processes_[place.number].change(cost_of(key), now);
  ++processes_[place.number].slices;
  ++processes_[place.number].running;
}

void NodeLoads::end(const SliceKey& key, Place place, SampleCount samples, Instant now) {
  Process& own = processes_[place.number];
  own.change(-cost_of(key), now);
  --own.running;
  own.samples.due += samples.due;
  own.samples.through += samples.through;
}

void NodeLoads::forget_running(Instant now) {
  for (Process& process : processes_) {
    process.change(-process.load, now);
    // Each is told of again, here or elsewhere.
    process.slices -= std::exchange(process.running, 0);
  }
}

NodeUse NodeLoads::row(const Process& process, std::string id, std::uint32_t acu, Duration lasted) const {
  NodeUse use;
  use.id = std::move(id);
  use.acu = acu;
  use.core_time = process.core_time;
  use.lasted = lasted;
  use.peak = std::max(process.peak, process.load);
  use.slices = process.slices;
  use.samples = process.samples.due;
  use.lost = process.samples.due - process.samples.through;
  return use;
}

std::vector<NodeUse> NodeLoads::of_nodes(Duration lasted) const {
  std::vector<NodeUse> rows;
  for (std::uint32_t i = 0; i < roster_->node_count(); ++i) {
    const NodeEntry& node = (*roster_)[NodeIx{i}];
    rows.push_back(row(processes_[i + 1], node.id, node.offer.acu, lasted));
  }
  return rows;
}

NodeUse NodeLoads::of_process(std::string id, std::uint32_t acu, Duration lasted) const {
  return row(processes_[0], std::move(id), acu, lasted);
}

}  // namespace camfleet::sim
