#include <algorithm>

#include "actors/capacity.hpp"
#include "actors/text.hpp"
#include "runtime/service/service.hpp"

// Which devices an instance has, and which of them are pulled.

namespace camfleet::service {
namespace {

constexpr DeviceMode mode_of(bool is_on) {
  return is_on ? DeviceMode::pulled : DeviceMode::off;
}

}  // namespace

bool is_among(const std::string& project, const Projects& projects) {
  return !projects || projects->contains(project);
}

bool Service::uses(const Entry& entry, std::string_view device) const {
  const auto ix = roster().find_device(device);
  if (!ix) return false;
  const auto& devices = roster()[entry.ix].devices;
  return std::ranges::find(devices, *ix) != devices.end() &&
         std::ranges::find(entry.removed, *ix) == entry.removed.end();
}

std::pair<std::vector<InstanceView>, std::uint64_t> Service::list(const Filter& filter) const {
  std::vector<InstanceView> page;
  std::uint64_t total = 0;
  const std::lock_guard lock(mutex_);
  std::uint64_t of_projects = 0;
  for (const auto& [project, count] : durable_in_)
    of_projects += is_among(project, filter.projects) ? count : 0;
  for (auto one = instances_.rbegin(); one != instances_.rend(); ++one) {
    // Without a name to look for, what comes after the page is known by its number.
    if (filter.name.empty() && page.size() == filter.limit) return {std::move(page), of_projects};
    const Entry& entry = one->second;
    if (!entry.durable || !is_among(entry.project, filter.projects)) continue;
    if (!filter.name.empty() && entry.name.find(filter.name) == std::string::npos) continue;
    if (total++ >= filter.offset && page.size() < filter.limit) page.push_back(view(one->first, entry));
  }
  return {std::move(page), total};
}

result<InstanceView> Service::find(std::int64_t id, const Projects& projects) const {
  const std::lock_guard lock(mutex_);
  const Entry* entry = seen(id, projects);
  if (entry == nullptr)
    return fail(Errc::unknown_id, "InstanceId", quote(std::to_string(id)) + " is no instance here");
  return view(id, *entry);
}

std::vector<std::int64_t> Service::ids(const Projects& projects, std::string_view device) const {
  std::vector<std::int64_t> found;
  const std::lock_guard lock(mutex_);
  const auto ix = roster().find_device(device);
  for (const auto& [id, entry] : instances_) {
    if (!entry.durable || !is_among(entry.project, projects)) continue;
    const auto& devices = roster()[entry.ix].devices;
    // Of one that was removed the id may be forgotten.
    const bool has_it =
        device.empty() || !entry.removed.empty() || (ix && std::ranges::find(devices, *ix) != devices.end());
    if (has_it) found.push_back(id);
  }
  return found;
}

std::int64_t Service::acu_of(const Entry& entry) const {
  const InstanceEntry& instance = roster()[entry.ix];
  WorkSpec spec = instance.spec;
  std::erase_if(spec.devices, [&](const DeviceSpec& device) { return !uses(entry, device.id); });
  return acu_used(spec, instance.calendar.schedule(), settings_.costs);
}

void Service::remove_devices(std::int64_t id, const std::vector<std::string>& devices, bool whole,
                             const Projects& projects, std::function<void(const result<void>&)> done) {
  if (const auto room = has_room(); !room.has_value())
    return done(BOOST_OUTCOME_V2_NAMESPACE::failure(room.error()));
  std::unique_lock lock(mutex_);
  const auto refuse = [&](std::string_view field, const std::string& what) {
    lock.unlock();
    done(fail(Errc::unknown_id, std::string(field), what + "; nothing was deleted"));
  };
  const Entry* entry = seen(id, projects);
  if (entry == nullptr || entry->facts.stopping)
    return refuse("InstanceId", quote(std::to_string(id)) + " is no instance here");
  std::vector<DeviceIx> gone;
  for (const std::string& device : devices) {
    const auto ix = roster().find_device(device);
    const bool is_leaving = ix && std::ranges::find(entry->leaving, *ix) != entry->leaving.end();
    if (is_leaving || !uses(*entry, device))
      return refuse("Devices", quote(device) + " is no device of instance " + std::to_string(id));
    if (std::ranges::find(gone, *ix) == gone.end()) gone.push_back(*ix);
  }
  const std::size_t fewer = gone.size() + entry->removed.size() + entry->leaving.size();
  if (whole && fewer == roster()[entry->ix].devices.size()) {
    lock.unlock();
    return remove({id}, projects, std::move(done));
  }
  std::vector<DeviceIx>& leaving = instances_.at(id).leaving;
  leaving.insert(leaving.end(), gone.begin(), gone.end());
  commits_->submit({store::RemoveDevices{id, devices}},
                   [this, id, gone, done = std::move(done)](const result<void>& stored) {
                     {
                       const std::lock_guard guard(mutex_);
                       leave(id, gone, stored.has_value());
                     }
                     done(stored);
                   });
}

void Service::leave(std::int64_t id, const std::vector<DeviceIx>& gone, bool is_durable) {
  const auto found = instances_.find(id);
  if (found == instances_.end()) return;
  Entry& entry = found->second;
  for (const DeviceIx device : gone) {
    std::erase(entry.leaving, device);
    if (!is_durable) continue;
    entry.removed.push_back(device);
    analysis_->switch_device(entry.ix, {device, DeviceMode::removed});
    tell(DeviceRemoved{id, roster()[device].id});
  }
  entry.acu = acu_of(entry);
}

void Service::tell_switched(const Entry& entry) {
  for (const DeviceIx device : entry.removed)
    analysis_->switch_device(entry.ix, {device, DeviceMode::removed});
  if (switched_.empty()) return;
  for (const DeviceIx device : roster()[entry.ix].devices) {
    const auto known = switched_.find(roster()[device].id);
    if (known == switched_.end()) continue;
    const auto on = known->second.find(entry.project);
    if (on != known->second.end()) analysis_->switch_device(entry.ix, {device, mode_of(on->second)});
  }
}

std::vector<Service::Use> Service::uses_of(const std::set<DeviceIx>& devices) const {
  std::vector<Use> found;
  for (const auto& [id, entry] : instances_) {
    for (const DeviceIx device : roster()[entry.ix].devices) {
      const bool is_removed = std::ranges::find(entry.removed, device) != entry.removed.end();
      if (devices.contains(device) && !is_removed) found.push_back({id, &entry, device});
    }
  }
  return found;
}

std::vector<Service::Use> Service::using_any(const std::set<std::string>& ids,
                                             const Projects& projects) const {
  std::set<DeviceIx> wanted;
  for (const std::string& id : ids) {
    if (const auto device = roster().find_device(id)) wanted.insert(*device);
  }
  std::vector<Use> found = uses_of(wanted);
  std::erase_if(found, [&](const Use& use) {
    return !use.entry->durable || (projects && !projects->contains(use.entry->project));
  });
  return found;
}

void Service::switch_streams(const std::vector<std::string>& ids, bool on, const Projects& projects,
                             std::function<void(const result<void>&)> done) {
  if (const auto room = has_room(); !room.has_value())
    return done(BOOST_OUTCOME_V2_NAMESPACE::failure(room.error()));
  std::unique_lock lock(mutex_);
  std::set<std::string> wanted(ids.begin(), ids.end());
  std::map<std::string, std::set<std::string>> projects_of;
  for (const Use& use : using_any(wanted, projects))
    projects_of[roster()[use.device].id].insert(use.entry->project);
  std::vector<store::Change> changes;
  for (const std::string& id : wanted) {
    const auto found = projects_of.find(id);
    if (found == projects_of.end()) {
      lock.unlock();
      return done(fail(Errc::unknown_id, "DeviceIdList",
                       quote(id) + " is no device of an instance here; nothing was switched"));
    }
    for (const std::string& project : found->second)
      changes.emplace_back(store::SwitchStream{{project, id, on}});
  }
  commits_->submit(std::move(changes),
                   [this, on, projects, wanted = std::move(wanted), projects_of = std::move(projects_of),
                    done = std::move(done)](const result<void>& stored) {
                     if (stored.has_value()) {
                       const std::lock_guard guard(mutex_);
                       for (const auto& [id, of] : projects_of) {
                         for (const std::string& project : of) switched_[id][project] = on;
                       }
                       // Those of now: an instance that was made meanwhile has not been told.
                       for (const Use& use : using_any(wanted, projects)) {
                         if (projects_of.at(roster()[use.device].id).contains(use.entry->project))
                           analysis_->switch_device(use.entry->ix, {use.device, mode_of(on)});
                       }
                     }
                     done(stored);
                   });
}

}  // namespace camfleet::service
