#include <algorithm>
#include <utility>

#include "runtime/service/device_registry.hpp"

// How the devices of a fleet file come and go, and what is gone makes room.

namespace camfleet::service {

result<void> DeviceRegistry::check_fleet(const std::vector<FleetDevice>& fleet, const UsersOf& users,
                                         const plant::SourceFacts& facts) const {
  std::set<DeviceIx> leaving;
  std::set<DeviceIx> changing;
  std::set<std::string_view> names;
  std::size_t added = 0;
  for (const FleetDevice& device : fleet) {
    names.insert(device.id);
    if (made_.contains(device.id))
      return fail(Errc::invalid_field, "device " + device.id,
                  "was created by the API already; delete it there, or give this one another id");
    const auto known = roster().find_device(device.id);
    const bool is_same = known && roster()[*known].source == device.source;
    added += is_same ? 0 : 1;
    if (known && !is_same) changing.insert(*known);
    if (!is_same) CAMFLEET_CHECK(check_source(device.id, device.source, facts));
  }
  for (const FleetDevice& device : this->fleet()) {
    const auto known = roster().find_device(device.id);
    if (known && !names.contains(device.id)) leaving.insert(*known);
  }
  if (const auto used = users(changing); !used.empty())
    return fail(Errc::invalid_field, "device " + roster()[used.begin()->first].id,
                "has another source than before, and instance " + std::to_string(used.begin()->second) +
                    " uses it; give it a new id, or restart the service");
  if (const auto used = users(leaving); !used.empty())
    return fail(Errc::unknown_id, "device " + roster()[used.begin()->first].id,
                "is used by instance " + std::to_string(used.begin()->second) +
                    " and gone from the fleet; delete that first");
  return world_->roster().has_room_for(added);
}

std::vector<std::string> DeviceRegistry::new_sources(const std::vector<FleetDevice>& fleet) const {
  std::set<std::string> sources;
  const auto guard = lock();
  for (const FleetDevice& device : fleet) {
    const auto known = roster().find_device(device.id);
    if (!known || roster()[*known].source != device.source) sources.insert(device.source);
  }
  return {sources.begin(), sources.end()};
}

result<void> DeviceRegistry::take_fleet(std::vector<FleetDevice> fleet, const UsersOf& users) {
  // Its length is asked for by a `once` without times alone, which may come later.
  plant::SourceFacts facts;
  if (!facts.ask(new_sources(fleet), world_->sources(), settings_.give_up))
    return fail(Errc::ended, "servers of http URLs", "were asked what they are when a signal came");
  reporter_->surprises(facts.surprises());
  std::vector<std::pair<std::string, Error>> unreadable;
  for (const FleetDevice& device : fleet) {
    const auto read = world_->measure(device.source, facts);
    if (!read.has_value()) unreadable.emplace_back(device.id, read.error());
  }
  reporter_->unreadable(unreadable);
  const auto guard = lock();
  CAMFLEET_CHECK(check_fleet(fleet, users, facts));
  std::map<std::string_view, std::string_view> sources;
  for (const FleetDevice& device : fleet) sources.emplace(device.id, device.source);
  for (const FleetDevice& device : this->fleet()) {
    const auto now = sources.find(device.id);
    if (now == sources.end() || now->second != device.source) forget(device.id);
  }
  for (const FleetDevice& device : fleet)
    CAMFLEET_CHECK(know_one(device.id, device.region, device.source, facts, true));
  settings_.fleet = std::move(fleet);
  return success();
}

bool DeviceRegistry::reclaim(std::chrono::steady_clock::time_point now,
                             const std::function<std::vector<bool>()>& listed) {
  if (idle_.empty() || now < reclaimed_at_ + rest_time) return false;
  reclaimed_at_ = now;
  const std::vector<bool> is_listed = listed();
  std::erase_if(idle_, [&](DeviceIx device) { return reclaim_one(device, is_listed); });
  return true;
}

bool DeviceRegistry::reclaim_one(DeviceIx device, const std::vector<bool>& listed) {
  const std::string id = roster()[device].id;
  const bool is_known = roster().find_device(id) == device;
  // Of a fleet file, or made by a call: they are there whether an instance has them or not.
  if (is_known && (settings_.fleet || made_.contains(id))) return true;
  // It is looked at again once nothing is left of the last instance that lists it.
  if (listed[device.value]) return true;
  if (!world_->forget(device)) return false;
  if (is_known) world_->roster().forget_device(id);
  world_->roster().release_device(device);
  return true;
}

}  // namespace camfleet::service
