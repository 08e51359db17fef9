#include "actors/plan/roster.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "actors/base/text.hpp"

namespace camfleet {
namespace {

/// Known ids in the message about an unknown one.
constexpr std::size_t most_shown = 8;

template <class Map>
std::string some_ids(const Map& ids) {
  std::string text;
  std::size_t count = 0;
  for (const auto& [id, ix] : ids) {
    if (count++ == most_shown) return text + ", …";
    text += (text.empty() ? "" : ", ") + id;
  }
  return text.empty() ? "none" : text;
}

Error taken(const char* what, const std::string& id) {
  return {Errc::invalid_field, what, quote(id) + " is there already; ids are unique"};
}

/// The position of a name in a table, at whose end it is put when it is not there.
template <class Ix, class Table>
result<Ix> number_of(std::string_view name, Table& table, std::size_t most, const char* what) {
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    if (table[i] == name) return Ix{i};
  }
  if (table.size() >= most)
    return fail(Errc::limit, what, quote(name) + " would be more than " + std::to_string(most) + " of them");
  table.push_back(std::string(name));
  return Ix{static_cast<std::uint32_t>(table.size() - 1)};
}

}  // namespace

Duration whole_length(const DeviceEntry& device, int spf) {
  const Duration one_sample = seconds(spf);
  switch (device.kind) {
    case DeviceKind::live:
      return Duration(0);
    case DeviceKind::recorded:
      return device.length > Duration(0) ? device.length : one_sample;
    case DeviceKind::pictures:
      return one_sample * std::max(device.pictures, 1U);
  }
  return one_sample;
}

Duration media_end(const DeviceEntry& device, int spf) {
  if (device.loops || device.kind == DeviceKind::live) return Duration(0);
  return device.kind == DeviceKind::pictures ? seconds(spf) * device.pictures : device.length;
}

std::string scheme_of(std::string_view url) {
  const auto end = url.find("://");
  return end == std::string_view::npos ? "file" : to_lower(url.substr(0, end));
}

bool takes_one_connection(std::string_view url) {
  const std::size_t fragment = url.find('#');
  if (fragment == std::string_view::npos) return false;
  for (std::string_view rest = url.substr(fragment); !rest.empty();) {
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find('&'), rest.size());
    if (rest.substr(0, end) == "connections=1") return true;
    rest.remove_prefix(end);
  }
  return false;
}

Roster::Roster() {
  regions_.push_back("");
}

result<RegionIx> Roster::region(std::string_view name) {
  return number_of<RegionIx>(name, regions_, max_regions, "regions");
}

result<SchemeIx> Roster::scheme(std::string_view name) {
  return number_of<SchemeIx>(name, schemes_, max_schemes, "schemes");
}

result<void> Roster::has_room_for(std::size_t devices) const {
  std::size_t free = decltype(devices_)::max_size - devices_.size();
  for (const auto& of_kind : free_devices_) free += of_kind.size();
  if (devices <= free) return success();
  return fail(Errc::limit, "devices",
              "there are " + std::to_string(decltype(devices_)::max_size - free) + ", and can be " +
                  std::to_string(decltype(devices_)::max_size));
}

result<DeviceIx> Roster::add_device(DeviceEntry device) {
  CAMFLEET_CHECK(has_room_for(1));
  if (find_device(device.id)) return pass(taken("device", device.id));
  const auto known = scheme(scheme_of(device.source));
  if (!known.has_value() && has_placement_) return pass(within("device " + quote(device.id), known.error()));
  has_more_schemes_ = has_more_schemes_ || !known.has_value();
  device.scheme = known.has_value() ? known.value() : SchemeIx{max_schemes};
  device.takes_one_connection = device.kind == DeviceKind::live && takes_one_connection(device.source);
  std::vector<DeviceIx>& free = free_devices_[static_cast<std::size_t>(device.kind)];
  DeviceIx ix{static_cast<std::uint32_t>(devices_.size())};
  if (!free.empty()) {
    ix = free.back();
    free.pop_back();
    devices_[ix.value] = std::move(device);
  } else if (!devices_.full()) {
    devices_.push_back(std::move(device));
  } else {
    return fail(Errc::limit, "devices", "no number is left for another one of this kind");
  }
  device_ids_.add(ix, id_of());
  return ix;
}

result<AlgorithmIx> Roster::add_algorithm(std::string id) {
  const AlgorithmIx ix{static_cast<std::uint32_t>(algorithms_.size())};
  if (!algorithm_ids_.emplace(id, ix).second) return pass(taken("algorithm", id));
  algorithms_.push_back(std::move(id));
  return ix;
}

result<void> Roster::use_placement() {
  if (algorithms_.size() > max_cluster_algorithms)
    return fail(Errc::limit, "algorithms",
                "there are " + std::to_string(algorithms_.size()) +
                    ", and a cluster's catalogue has at most " + std::to_string(max_cluster_algorithms));
  if (has_more_schemes_)
    return fail(Errc::limit, "devices",
                "their sources have more than " + std::to_string(max_schemes) +
                    " schemes, which nodes could not tell apart");
  has_placement_ = true;
  return success();
}

result<NodeIx> Roster::add_node(NodeEntry node) {
  if (find_node(node.id))
    return fail(Errc::invalid_field, "nodes", quote(node.id) + " is there twice; give each node its own id");
  if (nodes_.size() >= max_nodes)
    return fail(Errc::limit, "nodes", "a fleet has at most " + std::to_string(max_nodes) + " nodes");
  nodes_.push_back(std::move(node));
  return NodeIx{node_count() - 1};
}

std::optional<NodeIx> Roster::find_node(std::string_view id) const {
  for (std::uint32_t i = 0; i < node_count(); ++i) {
    if (nodes_[i].id == id) return NodeIx{i};
  }
  return std::nullopt;
}

std::optional<AlgorithmIx> Roster::find_algorithm(std::string_view id) const {
  const auto found = algorithm_ids_.find(id);
  return found == algorithm_ids_.end() ? std::nullopt : std::optional(found->second);
}

result<std::vector<DeviceIx>> Roster::devices_of(const InstanceSpec& spec) const {
  std::vector<DeviceIx> devices;
  devices.reserve(spec.devices.size());
  for (std::size_t i = 0; i < spec.devices.size(); ++i) {
    const auto found = find_device(spec.devices[i].id);
    if (!found) {
      return fail(Errc::unknown_id, "Devices[" + std::to_string(i) + "].DeviceId",
                  quote(spec.devices[i].id) + " is not a device of the fleet; known: " + some_devices());
    }
    devices.push_back(*found);
  }
  return devices;
}

result<std::vector<AlgorithmIx>> Roster::algorithms_of(const InstanceSpec& spec) const {
  std::vector<AlgorithmIx> algorithms;
  algorithms.reserve(spec.algorithms.size());
  for (std::size_t i = 0; i < spec.algorithms.size(); ++i) {
    const auto found = algorithm_ids_.find(spec.algorithms[i].id);
    if (found == algorithm_ids_.end()) {
      return fail(
          Errc::unknown_id, "Algorithms[" + std::to_string(i) + "].AlgorithmId",
          quote(spec.algorithms[i].id) + " is not in the catalogue; known: " + some_ids(algorithm_ids_));
    }
    algorithms.push_back(found->second);
  }
  return algorithms;
}

result<void> Roster::has_room_for_instance(std::string_view id) const {
  if (instance_ids_.find(id, id_of())) {
    return fail(Errc::invalid_field, "InstanceName",
                quote(id) + " is taken by another instance; names are unique here");
  }
  if (!free_instances_.empty() || !instances_.full()) return success();
  return fail(Errc::limit, "instances",
              "there are " + std::to_string(instances_.size()) + ", as many as can be");
}

result<InstanceIx> Roster::add_part(std::string id, std::vector<AlgorithmIx> algorithms, Instant created) {
  CAMFLEET_CHECK(has_room_for_instance(id));
  // Nothing is due by it here.
  CAMFLEET_TRY(Calendar calendar, Calendar::make({}, created));
  return put({std::move(id), 0, {}, std::move(calendar), {}, std::move(algorithms), {}, created, {}});
}

result<InstanceIx> Roster::add_instance(std::string id, InstanceSpec spec, Instant created,
                                        std::optional<std::vector<Duration>> phases) {
  CAMFLEET_CHECK(has_room_for_instance(id));
  spec.devices.shrink_to_fit();
  spec.algorithms.shrink_to_fit();
  CAMFLEET_TRY(std::vector<DeviceIx> devices, devices_of(spec));
  CAMFLEET_TRY(std::vector<AlgorithmIx> algorithms, algorithms_of(spec));
  CAMFLEET_TRY(Calendar calendar, Calendar::make(spec.schedule, created));
  std::vector<Duration> planned = phases_.place(spec);
  if (phases && phases->size() == planned.size()) planned = std::move(*phases);
  std::unique_ptr<std::vector<Duration>> lengths;
  if (spec.is_whole()) {
    lengths = std::make_unique<std::vector<Duration>>();
    for (const DeviceIx device : devices) lengths->push_back(whole_length(devices_[device.value], spec.spf));
  }
  const std::int64_t number = std::max<std::int64_t>(parse_int(id).value_or(0), 0);
  InstanceEntry entry{std::move(id),      number,
                      std::move(spec),    std::move(calendar),
                      std::move(devices), std::move(algorithms),
                      std::move(planned), created,
                      std::move(lengths)};
  return put(std::move(entry));
}

result<InstanceIx> Roster::put(InstanceEntry entry) {
  InstanceIx ix{static_cast<std::uint32_t>(instances_.size())};
  if (free_instances_.empty()) {
    instances_.push_back(std::move(entry));
  } else {
    ix = free_instances_.back();
    free_instances_.pop_back();
    instances_[ix.value] = std::move(entry);
  }
  instance_ids_.add(ix, id_of());
  return ix;
}

void Roster::release_instance(InstanceIx instance) {
  InstanceEntry& entry = instances_[instance.value];
  phases_.leave(entry.spec, entry.calendar.schedule());
  instance_ids_.remove(entry.id, id_of());
  entry.id.clear();
  entry.spec = {};
  entry.devices = {};
  entry.algorithms = {};
  entry.phases = {};
  entry.lengths.reset();
  free_instances_.push_back(instance);
}

void Roster::release_device(DeviceIx device) {
  DeviceEntry& entry = devices_[device.value];
  assert(find_device(entry.id) != device);
  const DeviceKind kind = entry.kind;
  entry = {};
  entry.kind = kind;
  free_devices_[static_cast<std::size_t>(kind)].push_back(device);
}

void Roster::forget_device(std::string_view id) {
  device_ids_.remove(id, id_of());
}

std::optional<DeviceIx> Roster::find_device(std::string_view id) const {
  return device_ids_.find(id, id_of());
}

std::optional<InstanceIx> Roster::find_instance(std::string_view id) const {
  return instance_ids_.find(id, id_of());
}

std::string Roster::some_devices() const {
  std::string text;
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < devices_.size(); ++i) {
    const std::string& id = devices_[i].id;
    if (find_device(id) != DeviceIx{i}) continue;
    if (count++ == most_shown) return text + ", …";
    text += (text.empty() ? "" : ", ") + id;
  }
  return text.empty() ? "none" : text;
}

}  // namespace camfleet
