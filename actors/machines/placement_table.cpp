#include "actors/machines/placement_table.hpp"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

namespace camfleet {
namespace {

__extension__ using Wide = __int128;

/// Negative when one load is lighter for its ACU than the other, 0 when they are equal.
int compare(Duration one, std::uint32_t one_acu, Duration other, std::uint32_t other_acu) {
  const Wide left = Wide{one.count()} * other_acu;
  const Wide right = Wide{other.count()} * one_acu;
  return left < right ? -1 : static_cast<int>(left > right);
}

}  // namespace

PlacementTable::PlacementTable(const Roster& roster, Costs costs)
    : roster_(&roster), costs_(std::move(costs)) {}

IdSet<AlgorithmIx> PlacementTable::algorithms_of(InstanceIx instance) const {
  IdSet<AlgorithmIx> algorithms;
  for (const AlgorithmIx algorithm : (*roster_)[instance].algorithms) algorithms.add(algorithm);
  return algorithms;
}

std::uint32_t PlacementTable::served(DeviceIx device, const NodeOffer& offer) const {
  if (!offer.schemes.has((*roster_)[device].scheme)) return 0;
  return static_cast<std::uint32_t>(std::ranges::count_if(mentions(device), [&](const Mention& mention) {
    return offer.algorithms.has_all_of(algorithms_of(mention.instance));
  }));
}

std::optional<Place> PlacementTable::place(const Mention& mention) const {
  const DeviceIx device = (*roster_)[mention.instance].devices[mention.position];
  const std::optional<Place> here = place(device);
  if (!here || !offer_at(*here).algorithms.has_all_of(algorithms_of(mention.instance))) return std::nullopt;
  return here;
}

PlacementTable::Demand PlacementTable::demand_of(const Mention& mention) const {
  const WorkSpec& spec = (*roster_)[mention.instance].spec;
  Demand demand{
      mention.instance, mention.position, slice_cost(spec.devices[mention.position], spec, costs_), {}};
  demand.mean = demand.cost;
  if (const auto& polling = spec.polling)
    demand.mean = demand.cost * (polling->slice / seconds(1)) / (polling->every / seconds(1));
  return demand;
}

std::vector<PlacementTable::Demand> PlacementTable::demands_of(DeviceIx device) const {
  std::vector<Demand> demands;
  for (const Mention& mention : mentions(device)) demands.push_back(demand_of(mention));
  return demands;
}

void PlacementTable::weigh(std::optional<Place> place, const Demand& demand, int sign) {
  if (!place) return;
  const NodeIx node = node_at(*place);
  nodes_[node.value].load += demand.mean * sign;
  for (const Lane& lane : lanes_[demand.instance.value]) {
    strips_.add(row_of(node), lane, demand.position, demand.cost * sign);
    strips_.add(row_of(offer_at(*place).region), lane, demand.position, demand.cost * sign);
  }
}

std::vector<DeviceIx> PlacementTable::add(std::span<const InstanceIx> instances) {
  if (devices_.size() < roster_->device_count()) devices_.resize(roster_->device_count());
  std::vector<DeviceIx> unplaced;
  std::vector<DeviceIx> unserved;
  for (const InstanceIx instance : instances) {
    if (lanes_.size() <= instance.value) lanes_.resize(instance.value + 1);
    lanes_[instance.value] = strips_.take_lanes((*roster_)[instance]);
    const auto& devices = (*roster_)[instance].devices;
    for (std::uint32_t i = 0; i < devices.size(); ++i) {
      Device& device = devices_[devices[i].value];
      device.mentions.push_back({instance, i});
      weigh(device.place, demand_of(device.mentions.back()), 1);
      if (!device.place) unplaced.push_back(devices[i]);
      if (device.place && !place(device.mentions.back())) unserved.push_back(devices[i]);
    }
  }
  // Once, however many of the instances have it.
  std::ranges::sort(unplaced);
  unplaced.erase(std::unique(unplaced.begin(), unplaced.end()), unplaced.end());
  sort(unplaced);
  for (const DeviceIx device : unplaced) settle(device);
  std::erase_if(unplaced, [&](DeviceIx device) { return !place(device); });
  std::ranges::sort(unserved);
  unserved.erase(std::unique(unserved.begin(), unserved.end()), unserved.end());
  for (const DeviceIx device : unserved) {
    if (settle_better(device)) unplaced.push_back(device);
  }
  return unplaced;
}

void PlacementTable::keep(DeviceIx device, NodeIx node) {
  if (devices_.size() <= device.value) devices_.resize(device.value + 1U);
  devices_[device.value].kept = place_of(node);
}

std::vector<DeviceIx> PlacementTable::remove(InstanceIx instance) {
  const auto& devices = (*roster_)[instance].devices;
  std::vector<DeviceIx> unserved;
  for (std::uint32_t i = 0; i < devices.size(); ++i) {
    Device& device = devices_[devices[i].value];
    weigh(device.place, demand_of({instance, i}), -1);
    std::erase_if(device.mentions, [&](const Mention& one) { return one.instance == instance; });
    const auto is_unserved = [&](const Mention& one) { return !place(one); };
    if (device.mentions.empty()) {
      // Its number may be another camera's the next time.
      device.place.reset();
    } else if (device.place && std::ranges::any_of(device.mentions, is_unserved)) {
      unserved.push_back(devices[i]);
    }
  }
  strips_.release(lanes_[instance.value]);
  lanes_[instance.value] = {};
  std::erase_if(unserved, [&](DeviceIx device) { return !settle_better(device); });
  return unserved;
}

PlacementTable::Fit PlacementTable::fit_of(DeviceIx device, const std::vector<Demand>& demands,
                                           Place place) const {
  const NodeIx ix = node_at(place);
  const NodeOffer& offer = offer_at(place);
  Fit fit{place, served(device, offer), 0, Duration(0), nodes_[ix.value].load};
  if (fit.served == 0) return fit;
  Duration cost{0};
  Duration ceiling{0};
  for (const Demand& demand : demands) {
    fit.load += demand.mean;
    cost += demand.cost;
    for (const Lane& lane : lanes_[demand.instance.value]) {
      fit.peak = std::max(fit.peak, strips_.peak(row_of(ix), lane, demand.position) + demand.cost);
      ceiling = std::max(ceiling, strips_.ceiling(row_of(ix), lane, demand.position));
    }
  }
  const std::string& region = (*roster_)[device].region;
  const bool is_home = region.empty() || region == (*roster_)[offer.region];
  const Duration whole = seconds(offer.acu);
  fit.rank = ceiling + cost <= whole ? 0 : fit.peak <= whole ? 2 : 4;
  if (fit.rank < 4 && !is_home) ++fit.rank;
  return fit;
}

bool PlacementTable::is_better(const Fit& one, const Fit& other) const {
  if (one.served != other.served) return one.served > other.served;
  if (one.rank != other.rank) return one.rank < other.rank;
  const std::uint32_t acu = offer_at(one.place).acu;
  const std::uint32_t other_acu = offer_at(other.place).acu;
  const int by_peak = compare(one.peak, acu, other.peak, other_acu);
  return (by_peak != 0 ? by_peak : compare(one.load, acu, other.load, other_acu)) < 0;
}

std::optional<Place> PlacementTable::best_for(DeviceIx device, const std::vector<Demand>& demands) const {
  std::optional<Fit> best;
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    if (!nodes_[i].alive) continue;
    const Fit fit = fit_of(device, demands, place_of(NodeIx{i}));
    if (fit.served > 0 && (!best || is_better(fit, *best))) best = fit;
  }
  return best ? std::optional(best->place) : std::nullopt;
}

void PlacementTable::sort(std::vector<DeviceIx>& devices) const {
  std::ranges::sort(devices, {}, [&](DeviceIx device) {
    const Mention& first = mentions(device).front();
    return std::tuple(first.instance, lanes_[first.instance.value].front().begins_s(first.position),
                      first.position);
  });
}

std::vector<DeviceIx> PlacementTable::in_order() const {
  std::vector<DeviceIx> devices;
  for (std::uint32_t i = 0; i < devices_.size(); ++i) {
    if (!devices_[i].mentions.empty()) devices.push_back(DeviceIx{i});
  }
  sort(devices);
  return devices;
}

void PlacementTable::settle(DeviceIx device) {
  const std::vector<Demand> demands = demands_of(device);
  const std::optional<Place> kept = std::exchange(devices_[device.value].kept, std::nullopt);
  const std::optional<Place> best = best_for(device, demands);
  // A node may speak of what it carried long ago, and reach less of what is asked by now.
  const bool stays = kept && best && alive(node_at(*kept)) &&
                     served(device, offer_at(*kept)) == served(device, offer_at(*best));
  const std::optional<Place> place = stays ? kept : best;
  devices_[device.value].place = place;
  for (const Demand& demand : demands) weigh(place, demand, 1);
}

bool PlacementTable::settle_better(DeviceIx device) {
  const std::vector<Demand> demands = demands_of(device);
  const std::optional<Place> before = place(device);
  for (const Demand& demand : demands) weigh(before, demand, -1);
  const std::optional<Place> best = best_for(device, demands);
  // It stays where as many of its instances are served.
  const bool moves = best && served(device, offer_at(*best)) > served(device, offer_at(*before));
  devices_[device.value].place = moves ? best : before;
  for (const Demand& demand : demands) weigh(place(device), demand, 1);
  return moves;
}

Duration PlacementTable::peak_of(std::uint32_t row, const std::vector<Demand>& demands) const {
  Duration peak{0};
  for (const Demand& demand : demands) {
    for (const Lane& lane : lanes_[demand.instance.value])
      peak = std::max(peak, strips_.peak(row, lane, demand.position));
  }
  return peak;
}

Duration PlacementTable::worst_excess(const std::vector<DeviceIx>& devices) const {
  std::vector<Wide> region_acu(strips_.rows());
  for (const Node& node : nodes_) {
    if (node.alive) region_acu[row_of(node.offer.region)] += node.offer.acu;
  }
  Duration worst{0};
  for (const DeviceIx ix : devices) {
    if (!place(ix)) continue;
    const NodeOffer& offer = offer_at(*place(ix));
    const std::uint32_t region = row_of(offer.region);
    const std::vector<Demand> demands = demands_of(ix);
    const Wide share = Wide{peak_of(region, demands).count()} * offer.acu / region_acu[region];
    const Duration here = peak_of(row_of(node_at(*place(ix))), demands);
    worst = std::max(worst, here - Duration(static_cast<std::int64_t>(share)));
  }
  return worst;
}

void PlacementTable::put(const std::vector<DeviceIx>& devices,
                         const std::vector<std::optional<Place>>& places) {
  strips_.clear();
  for (Node& node : nodes_) node.load = Duration(0);
  for (std::size_t i = 0; i < devices.size(); ++i) {
    devices_[devices[i].value].place = places[i];
    for (const Demand& demand : demands_of(devices[i])) weigh(places[i], demand, 1);
  }
}

void PlacementTable::spread_if_uneven(const std::vector<DeviceIx>& devices) {
  Duration dearest{0};
  for (const DeviceIx device : devices) {
    for (const Demand& demand : demands_of(device)) dearest = std::max(dearest, demand.cost);
  }
  const Duration excess = worst_excess(devices);
  if (excess < dearest * 2) return;
  const std::vector<std::optional<Place>> before = places_of(devices);
  put(devices, std::vector<std::optional<Place>>(devices.size()));
  for (const DeviceIx device : devices) settle(device);
  if (worst_excess(devices) >= excess) put(devices, before);
}

std::vector<std::optional<Place>> PlacementTable::places_of(const std::vector<DeviceIx>& devices) const {
  std::vector<std::optional<Place>> places;
  places.reserve(devices.size());
  for (const DeviceIx device : devices) places.push_back(place(device));
  return places;
}

std::vector<DeviceIx> PlacementTable::moved(const std::vector<DeviceIx>& devices,
                                            const std::vector<std::optional<Place>>& before) const {
  std::vector<DeviceIx> moved;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (place(devices[i]) != before[i]) moved.push_back(devices[i]);
  }
  return moved;
}

std::vector<DeviceIx> PlacementTable::lose(NodeIx node) {
  nodes_[node.value].alive = false;
  const std::vector<DeviceIx> all = in_order();
  const std::vector<std::optional<Place>> before = places_of(all);
  for (const DeviceIx ix : all) {
    Device& device = devices_[ix.value];
    if (device.place != place_of(node)) continue;
    for (const Demand& demand : demands_of(ix)) weigh(device.place, demand, -1);
    device.place.reset();
  }
  for (const DeviceIx device : all) {
    if (!place(device)) settle(device);
  }
  spread_if_uneven(all);
  return moved(all, before);
}

std::vector<DeviceIx> PlacementTable::join(NodeIx node, const NodeOffer& offer) {
  if (nodes_.size() <= node.value) nodes_.resize(node.value + 1);
  assert(!nodes_[node.value].alive);
  nodes_[node.value] = {.alive = true, .offer = offer};
  strips_.grow(std::max(row_of(node), row_of(offer.region)) + 1);
  const Place place = place_of(node);
  const std::vector<DeviceIx> all = in_order();
  const std::vector<std::optional<Place>> before = places_of(all);
  // As if all were placed anew, but each only where it is or on the node that joins: so that this one's share
  // is as spread as theirs.
  strips_.clear();
  for (Node& one : nodes_) one.load = Duration(0);
  for (const DeviceIx ix : all) {
    Device& device = devices_[ix.value];
    const std::vector<Demand> demands = demands_of(ix);
    const Fit fit = fit_of(ix, demands, place);
    const bool moves = device.place ? is_better(fit, fit_of(ix, demands, *device.place)) : fit.served > 0;
    if (moves) device.place = place;
    for (const Demand& demand : demands) weigh(device.place, demand, 1);
  }
  spread_if_uneven(all);
  return moved(all, before);
}

}  // namespace camfleet
