#include <algorithm>

#include "actors/capacity.hpp"
#include "actors/text.hpp"
#include "runtime/service/device_fields.hpp"
#include "runtime/service/service.hpp"

// Which devices an instance has, and which of them are pulled.

namespace camfleet::service {
namespace {

constexpr DeviceMode mode_of(bool is_on) {
  return is_on ? DeviceMode::pulled : DeviceMode::off;
}

}  // namespace

bool Service::uses(const Entry& entry, std::string_view device) const {
  const auto ix = roster().find_device(device);
  if (!ix) return false;
  const auto& devices = roster()[entry.ix].devices;
  return std::ranges::find(devices, *ix) != devices.end() &&
         std::ranges::find(entry.removed, *ix) == entry.removed.end();
}

std::int64_t Service::acu_of(const Entry& entry) const {
  const InstanceEntry& instance = roster()[entry.ix];
  WorkSpec spec = instance.spec;
  std::erase_if(spec.devices, [&](const DeviceSpec& device) { return !uses(entry, device.id); });
  return acu_used(spec, instance.calendar.schedule(), settings_.costs);
}

void Service::remove_devices(std::int64_t id, const std::vector<std::string>& devices, bool whole,
                             const Projects& projects, std::function<void(const result<void>&)> done) {
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
    if (!uses(*entry, device))
      return refuse("Devices", quote(device) + " is no device of instance " + std::to_string(id));
    const DeviceIx ix = *roster().find_device(device);
    if (std::ranges::find(gone, ix) == gone.end()) gone.push_back(ix);
  }
  if (whole && gone.size() + entry->removed.size() == roster()[entry->ix].devices.size()) {
    lock.unlock();
    return remove({id}, projects, std::move(done));
  }
  commits_->submit({store::RemoveDevices{id, devices}},
                   [this, id, gone, done = std::move(done)](const result<void>& stored) {
                     if (stored.has_value()) {
                       const std::lock_guard guard(mutex_);
                       leave(id, gone);
                     }
                     done(stored);
                   });
}

void Service::leave(std::int64_t id, const std::vector<DeviceIx>& gone) {
  const auto found = instances_.find(id);
  if (found == instances_.end()) return;
  Entry& entry = found->second;
  for (const DeviceIx device : gone) {
    if (std::ranges::find(entry.removed, device) != entry.removed.end()) continue;
    entry.removed.push_back(device);
    analysis_->switch_device(entry.ix, {device, DeviceMode::removed});
    observers_.log->info("device removed",
                         {{"instance", std::to_string(id)}, {"device", roster()[device].id}});
  }
  entry.acu = acu_of(entry);
}

void Service::tell_switched(const Entry& entry) {
  for (const DeviceIx device : entry.removed)
    analysis_->switch_device(entry.ix, {device, DeviceMode::removed});
  if (devices_.empty()) return;
  for (const DeviceIx device : roster()[entry.ix].devices) {
    const auto known = devices_.find(roster()[device].id);
    if (known == devices_.end()) continue;
    if (const auto on = fields_of(known->second).stream_on)
      analysis_->switch_device(entry.ix, {device, mode_of(*on)});
  }
}

void Service::switch_streams(const std::vector<std::string>& ids, bool on, const Projects& projects,
                             const std::string& project, std::function<void(const result<void>&)> done) {
  std::unique_lock lock(mutex_);
  std::vector<store::Change> changes;
  std::vector<std::pair<InstanceIx, DeviceIx>> switched;
  for (const std::string& id : ids) {
    const auto device = roster().find_device(id);
    bool is_used = false;
    for (const auto& [number, entry] : instances_) {
      if (!device || (projects && !projects->contains(entry.project))) continue;
      if (!uses(entry, id)) continue;
      is_used = true;
      switched.emplace_back(entry.ix, *device);
    }
    if (!is_used) {
      lock.unlock();
      return done(fail(Errc::unknown_id, "DeviceIdList",
                       quote(id) + " is no device of an instance here; nothing was switched"));
    }
  }
  std::vector<store::DeviceRecord> records;
  for (const std::string& id : ids) {
    const auto known = devices_.find(id);
    store::DeviceRecord record =
        known != devices_.end() ? known->second
                                : store::DeviceRecord{id, project, "{}", now().time_since_epoch().count()};
    record.fields = with_stream(record, on);
    changes.emplace_back(store::PutDevice{record});
    records.push_back(std::move(record));
  }
  commits_->submit(std::move(changes),
                   [this, on, switched, records, done = std::move(done)](const result<void>& stored) {
                     if (stored.has_value()) {
                       const std::lock_guard guard(mutex_);
                       for (const store::DeviceRecord& record : records)
                         devices_.insert_or_assign(record.id, record);
                       for (const auto& [ix, device] : switched)
                         analysis_->switch_device(ix, {device, mode_of(on)});
                     }
                     done(stored);
                   });
}

}  // namespace camfleet::service
