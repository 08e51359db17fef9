#include "runtime/service/instance_table.hpp"

#include <algorithm>

#include "actors/base/text.hpp"
#include "actors/plan/window_plan.hpp"

namespace camfleet::service {

using api::InstanceView;
using api::is_among;

InstanceTable::Entry& InstanceTable::add(std::int64_t id, Entry entry) {
  const std::uint32_t number = entry.ix.value;
  while (begun_.size() <= number) begun_.push_back({});
  begun_[number].flag = false;
  entry.facts.first = first_window((*roster_)[entry.ix], *roster_, entry.removed);
  last_id_ = std::max(last_id_, id);
  return entries_.emplace(id, std::move(entry)).first->second;
}

void InstanceTable::is_durable(Entry& entry) {
  entry.durable = true;
  ++durable_in_[entry.project];
}

const InstanceTable::Entry* InstanceTable::seen(std::int64_t id, const Projects& projects) const {
  const auto found = entries_.find(id);
  if (found == entries_.end() || !found->second.durable || !is_among(found->second.project, projects))
    return nullptr;
  return &found->second;
}

std::optional<InstanceTable::Entry> InstanceTable::extract(std::int64_t id) {
  auto gone = entries_.extract(id);
  if (gone.empty()) return std::nullopt;
  if (gone.mapped().durable) --durable_in_[gone.mapped().project];
  return std::move(gone.mapped());
}

bool InstanceTable::uses(const Entry& entry, DeviceIx device) const {
  const auto& devices = (*roster_)[entry.ix].devices;
  return std::ranges::find(devices, device) != devices.end() &&
         std::ranges::find(entry.removed, device) == entry.removed.end();
}

void InstanceTable::set_removed(Entry& entry, std::vector<DeviceIx> removed) const {
  entry.removed = std::move(removed);
  entry.acu = acu_of(entry);
}

std::int64_t InstanceTable::acu_of(const Entry& entry) const {
  const InstanceEntry& instance = (*roster_)[entry.ix];
  const std::set<DeviceIx> removed(entry.removed.begin(), entry.removed.end());
  WorkSpec spec = instance.spec;
  spec.devices.clear();
  for (std::size_t i = 0; i < instance.devices.size(); ++i) {
    if (!removed.contains(instance.devices[i])) spec.devices.push_back(instance.spec.devices[i]);
  }
  return acu_used(spec, instance.calendar.schedule(), costs_);
}

InstanceView InstanceTable::view(std::int64_t id, const Entry& entry, Instant now) const {
  const InstanceEntry& instance = (*roster_)[entry.ix];
  StatusFacts facts = entry.facts;
  facts.begun = begun_[entry.ix.value].flag.load(std::memory_order_relaxed);
  return {id,        entry.name, entry.project, status_of(instance.calendar, now, facts), instance.created,
          entry.acu, entry.ix,   entry.removed};
}

std::pair<std::vector<InstanceView>, std::uint64_t> InstanceTable::list(const api::Backend::Filter& filter,
                                                                        Instant now) const {
  std::vector<InstanceView> page;
  std::uint64_t total = 0;
  const auto guard = lock();
  std::uint64_t of_projects = 0;
  for (const auto& [project, count] : durable_in_)
    of_projects += is_among(project, filter.projects) ? count : 0;
  for (auto one = entries_.rbegin(); one != entries_.rend(); ++one) {
    // Without a name to look for, what comes after the page is known by its number.
    if (filter.name.empty() && page.size() == filter.limit) return {std::move(page), of_projects};
    const Entry& entry = one->second;
    if (!entry.durable || !is_among(entry.project, filter.projects)) continue;
    if (!filter.name.empty() && entry.name.find(filter.name) == std::string::npos) continue;
    if (total++ >= filter.offset && page.size() < filter.limit) page.push_back(view(one->first, entry, now));
  }
  return {std::move(page), total};
}

result<InstanceView> InstanceTable::find(std::int64_t id, const Projects& projects, Instant now) const {
  const auto guard = lock();
  const Entry* entry = seen(id, projects);
  if (entry == nullptr)
    return fail(Errc::unknown_id, "InstanceId", quote(std::to_string(id)) + " is no instance here");
  return view(id, *entry, now);
}

std::vector<std::int64_t> InstanceTable::ids(const Projects& projects, bool of_all,
                                             std::optional<DeviceIx> device) const {
  std::vector<std::int64_t> found;
  const auto guard = lock();
  for (const auto& [id, entry] : entries_) {
    if (!entry.durable || !is_among(entry.project, projects)) continue;
    const auto& devices = (*roster_)[entry.ix].devices;
    // Of one that was removed the id may be forgotten.
    const bool has_it =
        of_all || !entry.removed.empty() || (device && std::ranges::find(devices, *device) != devices.end());
    if (has_it) found.push_back(id);
  }
  return found;
}

std::vector<InstanceTable::Use> InstanceTable::uses_of(const std::set<DeviceIx>& devices) const {
  std::vector<Use> found;
  for (const auto& [id, entry] : entries_) {
    for (const DeviceIx device : (*roster_)[entry.ix].devices) {
      const bool is_removed = std::ranges::find(entry.removed, device) != entry.removed.end();
      if (devices.contains(device) && !is_removed) found.push_back({&entry, id, device});
    }
  }
  return found;
}

std::map<DeviceIx, std::int64_t> InstanceTable::users_of(const std::set<DeviceIx>& devices) const {
  std::map<DeviceIx, std::int64_t> users;
  if (devices.empty()) return users;
  const auto guard = lock();
  for (const Use& use : uses_of(devices)) users.emplace(use.device, use.instance);
  return users;
}

void InstanceTable::mark_listed(std::vector<bool>& listed) const {
  for (const auto& [id, entry] : entries_) {
    for (const DeviceIx device : (*roster_)[entry.ix].devices) listed[device.value] = true;
  }
}

void InstanceTable::slice_ended(const SliceRow& row) {
  const InstanceEntry& instance = (*roster_)[row.key.instance];
  const auto window = instance.calendar.at(row.key.due_at);
  const Instant opens = window ? window->opens : row.key.due_at;
  const bool is_offline = row.verdict.reason == Reason::camera_offline;
  const auto guard = lock();
  const auto found = entries_.find(instance.number);
  if (found == entries_.end()) return;
  has_begun(row.key.instance);
  Entry& entry = found->second;
  if (opens > entry.last_window) {
    entry.last_window = opens;
    entry.facts.unreachable = is_offline;
  }
  entry.facts.unreachable &= !row.started_at && is_offline;
}

}  // namespace camfleet::service
