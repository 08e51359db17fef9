#include "actors/placement.hpp"

namespace camfleet {

PlacementTable::PlacementTable(const Roster& roster, Costs costs)
    : roster_(&roster), costs_(std::move(costs)), nodes_(roster.node_count()) {}

void PlacementTable::weigh(InstanceIx instance, int sign) {
  const InstanceEntry& entry = (*roster_)[instance];
  for (std::size_t i = 0; i < entry.devices.size(); ++i) {
    Duration cost = slice_cost(entry.spec.devices[i], entry.spec, costs_);
    if (const auto& polling = entry.spec.polling)
      cost = cost * (polling->slice / seconds(1)) / (polling->every / seconds(1));
    Device& device = devices_[entry.devices[i].value];
    device.cost += cost * sign;
    if (device.place != nowhere) nodes_[device.place - 1U].load += cost * sign;
  }
}

std::vector<DeviceIx> PlacementTable::add(InstanceIx instance) {
  if (devices_.size() < roster_->device_count()) devices_.resize(roster_->device_count());
  weigh(instance, 1);
  const auto& devices = (*roster_)[instance].devices;
  std::vector<DeviceIx> settled;
  for (std::uint32_t i = 0; i < devices.size(); ++i) {
    devices_[devices[i].value].mentions.push_back({instance, i});
    if (settle(devices[i])) settled.push_back(devices[i]);
  }
  return settled;
}

void PlacementTable::remove(InstanceIx instance) {
  weigh(instance, -1);
  for (const DeviceIx device : (*roster_)[instance].devices)
    std::erase_if(devices_[device.value].mentions,
                  [&](const Mention& one) { return one.instance == instance; });
}

bool PlacementTable::is_home(DeviceIx device, std::uint16_t place) const {
  return (*roster_)[device].region == (*roster_)[NodeIx{place - 1U}].region;
}

bool PlacementTable::lighter(std::uint16_t one, Duration one_load, std::uint16_t other,
                             Duration other_load) const {
  __extension__ using Wide = __int128;
  const auto acu = [&](std::uint16_t place) { return Wide{(*roster_)[NodeIx{place - 1U}].acu}; };
  return one_load.count() * acu(other) < other_load.count() * acu(one);
}

std::uint16_t PlacementTable::best_for(DeviceIx device) const {
  const Duration cost = devices_[device.value].cost;
  std::uint16_t best = nowhere;
  const auto last = static_cast<std::uint16_t>(nodes_.size());
  for (std::uint16_t place = 1; place <= last; ++place) {
    if (!nodes_[place - 1U].alive) continue;
    if (best == nowhere) {
      best = place;
      continue;
    }
    const bool home = is_home(device, place);
    const bool best_home = is_home(device, best);
    const bool better = home != best_home ? home
                                          : lighter(place, nodes_[place - 1U].load + cost, best,
                                                    nodes_[best - 1U].load + cost);
    if (better) best = place;
  }
  return best;
}

void PlacementTable::put(DeviceIx ix, std::uint16_t place) {
  Device& device = devices_[ix.value];
  if (device.place != nowhere) nodes_[device.place - 1U].load -= device.cost;
  if (place != nowhere) nodes_[place - 1U].load += device.cost;
  device.place = place;
}

bool PlacementTable::settle(DeviceIx device) {
  if (place(device) != nowhere) return false;
  const std::uint16_t best = best_for(device);
  put(device, best);
  return best != nowhere;
}

std::vector<DeviceIx> PlacementTable::lose(NodeIx node) {
  nodes_[node.value].alive = false;
  std::vector<DeviceIx> homeless;
  for (std::uint32_t i = 0; i < devices_.size(); ++i) {
    if (devices_[i].place != node.value + 1) continue;
    put(DeviceIx{i}, nowhere);
    homeless.push_back(DeviceIx{i});
  }
  for (const DeviceIx device : homeless) put(device, best_for(device));
  return homeless;
}

bool PlacementTable::gains(DeviceIx ix, std::uint16_t place) const {
  const Device& device = devices_[ix.value];
  const bool home = is_home(ix, place);
  if (home != is_home(ix, device.place)) return home;
  return lighter(place, nodes_[place - 1U].load + device.cost, device.place, nodes_[device.place - 1U].load);
}

std::vector<DeviceIx> PlacementTable::join(NodeIx node) {
  nodes_[node.value].alive = true;
  const auto place = static_cast<std::uint16_t>(node.value + 1);
  std::vector<DeviceIx> moved;
  for (std::uint32_t i = 0; i < devices_.size(); ++i) {
    const Device& device = devices_[i];
    if (device.place == place || device.mentions.empty()) continue;
    if (device.place != nowhere && !gains(DeviceIx{i}, place)) continue;
    put(DeviceIx{i}, place);
    moved.push_back(DeviceIx{i});
  }
  return moved;
}

bool Placement::any_alive() const {
  for (std::uint32_t i = 0; i < members_.size(); ++i) {
    if (table_.alive(NodeIx{i})) return true;
  }
  return false;
}

Duration Placement::probation(const Member& node) const {
  if (node.losses == 0) return Duration(0);
  const std::uint32_t doublings = std::min(node.losses - 1, 10U);
  return std::min(settings_.first_probation * (std::int64_t{1} << doublings), settings_.longest_probation);
}

Instant Placement::next_look() const {
  Instant next = end_of_time;
  for (std::uint32_t i = 0; i < members_.size(); ++i) {
    const Member& node = members_[i];
    if (!node.connected) continue;
    next = std::min(next, node.heard_at + settings_.given_up);
    if (!table_.alive(NodeIx{i})) next = std::min(next, node.admit_at);
  }
  return next;
}

void Placement::count_loss(NodeIx ix, Instant now) {
  Member& node = members_[ix.value];
  if (now - node.admitted_at > settings_.forgiven_after) node.losses = 0;
  ++node.losses;
}

}  // namespace camfleet
