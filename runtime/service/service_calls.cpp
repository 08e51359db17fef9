#include <algorithm>
#include <memory>

#include <nlohmann/json.hpp>

#include "actors/base/text.hpp"
#include "actors/plan/capacity.hpp"
#include "runtime/service/service.hpp"

// What callers ask of a service.

namespace camfleet::service {
namespace {

using api::is_among;

constexpr DeviceMode mode_of(bool is_on) {
  return is_on ? DeviceMode::pulled : DeviceMode::off;
}

std::vector<store::Nanoseconds> counts_of(const std::vector<Duration>& spans) {
  std::vector<store::Nanoseconds> counts;
  counts.reserve(spans.size());
  for (const Duration span : spans) counts.push_back(span.count());
  return counts;
}

Error unknown_instance(std::string_view field, std::int64_t id) {
  return {Errc::unknown_id, std::string(field),
          quote(std::to_string(id)) + " is no instance here; nothing was deleted"};
}

}  // namespace

Service::Locks Service::locks() const {
  auto devices = devices_->lock();
  auto instances = instances_->lock();
  return {std::move(devices), std::move(instances)};
}

result<void> Service::check_algorithms(const InstanceSpec& spec) const {
  // Nodes have the models.
  if (cluster_) return success();
  for (std::size_t i = 0; i < spec.algorithms.size(); ++i) {
    const auto offered = world_->offers(spec.algorithms[i].id);
    if (!offered.has_value())
      return pass(within("Algorithms[" + std::to_string(i) + "].AlgorithmId", offered.error()));
  }
  return success();
}

void Service::create(const std::string& project, const Projects& projects, const nlohmann::json& fields,
                     std::function<void(const result<Created>&)> done) {
  auto spec = parse_instance(fields, {settings_.zone});
  if (!spec.has_value()) return done(pass(spec.error()));
  plant::SourceFacts facts;
  devices_->measure(spec.value(), facts);
  const auto created =
      std::make_shared<Created>(Created{0, acu_used(spec.value(), spec.value().schedule, settings_.costs)});
  const auto begin = [&]() -> result<std::vector<store::Change>> {
    CAMFLEET_CHECK(devices_->check(spec.value(), projects));
    CAMFLEET_CHECK(check_algorithms(spec.value()));
    CAMFLEET_CHECK(devices_->know(spec.value(), facts));
    // What is in no catalogue is refused with those that are, by the roster.
    const auto is_known = [this](const AlgorithmSpec& one) {
      return world_->catalogue().find(one.id) != nullptr;
    };
    if (cluster_ && std::ranges::all_of(spec.value().algorithms, is_known))
      CAMFLEET_CHECK(cluster_->check(spec.value(), settings_.costs, roster()));
    const std::string name = spec.value().name;
    // A server that is started with another zone must not move what exists.
    nlohmann::json kept = fields;
    kept["Zone"] = spec.value().schedule.zone;
    const std::int64_t id = instances_->last_id() + 1;
    const Instant at = now();
    CAMFLEET_TRY(const InstanceIx ix,
                 world_->roster().add_instance(std::to_string(id), std::move(spec).value(), at));
    instances_->add(id, {name, project, ix, created->acu});
    created->id = id;
    return std::vector<store::Change>{store::PutInstance{
        {id, project, name, kept.dump(), counts_of(roster()[ix].phases), at.time_since_epoch().count()}}};
  };
  const auto end = [this, created](bool is_durable) {
    if (!is_durable) {
      // Nobody was told of it.
      const auto gone = instances_->extract(created->id);
      devices_->are_idle(roster()[gone->ix].devices);
      world_->roster().release_instance(gone->ix);
      return;
    }
    Entry& entry = instances_->at(created->id);
    instances_->is_durable(entry);
    world_->add({entry.ix});
    tell_switched(entry);
  };
  changes_->make([this] { return locks(); }, begin, end,
                 [this, created, project, done = std::move(done)](const result<void>& stored) {
                   if (!stored.has_value()) return done(pass(stored.error()));
                   reporter_.tell(InstanceCreated{created->id, project, false});
                   done(*created);
                 });
}

void Service::remove(const std::vector<std::int64_t>& ids, const Projects& projects, Done done) {
  const auto begin = [&]() -> result<std::vector<store::Change>> {
    std::vector<store::Change> changes;
    changes.reserve(ids.size());
    for (const std::int64_t id : ids) {
      const Entry* entry = instances_->seen(id, projects);
      if (entry == nullptr || entry->facts.stopping) return pass(unknown_instance("InstanceIds", id));
      changes.emplace_back(store::EndInstance{id, now().time_since_epoch().count()});
    }
    for (const std::int64_t id : ids) instances_->at(id).facts.stopping = true;
    return changes;
  };
  const auto end = [this, ids](bool is_durable) {
    for (const std::int64_t id : ids) end_removal(id, is_durable);
  };
  changes_->make([this] { return instances_->lock(); }, begin, end, std::move(done));
}

void Service::end_removal(std::int64_t id, bool is_durable) {
  if (!is_durable) {
    instances_->at(id).facts.stopping = false;
    return;
  }
  const auto gone = instances_->extract(id);
  if (!gone) return;
  ending_.insert(gone->ix);
  world_->remove(gone->ix);
  reporter_.tell(InstanceDeleted{id, gone->project});
}

result<std::vector<DeviceIx>> Service::devices_to_remove(const Entry& entry, std::int64_t id,
                                                         const std::vector<std::string>& devices) const {
  std::vector<DeviceIx> gone;
  for (const std::string& device : devices) {
    const auto ix = roster().find_device(device);
    const bool is_leaving = ix && std::ranges::find(entry.leaving, *ix) != entry.leaving.end();
    if (!ix || is_leaving || !instances_->uses(entry, *ix))
      return fail(
          Errc::unknown_id, "Devices",
          quote(device) + " is no device of instance " + std::to_string(id) + "; nothing was deleted");
    if (std::ranges::find(gone, *ix) == gone.end()) gone.push_back(*ix);
  }
  return gone;
}

void Service::remove_devices(std::int64_t id, const std::vector<std::string>& devices, bool whole,
                             const Projects& projects, Done done) {
  struct Removal {
    std::vector<DeviceIx> devices;
    bool of_instance = false;  ///< it is deleted, as no device is left
  };
  const auto removal = std::make_shared<Removal>();
  const auto begin = [&]() -> result<std::vector<store::Change>> {
    const Entry* seen = instances_->seen(id, projects);
    if (seen == nullptr || seen->facts.stopping) return pass(unknown_instance("InstanceId", id));
    CAMFLEET_TRY(removal->devices, devices_to_remove(*seen, id, devices));
    Entry& entry = instances_->at(id);
    const std::size_t fewer = removal->devices.size() + entry.removed.size() + entry.leaving.size();
    if (whole && fewer == roster()[entry.ix].devices.size()) {
      removal->of_instance = true;
      entry.facts.stopping = true;
      return std::vector<store::Change>{store::EndInstance{id, now().time_since_epoch().count()}};
    }
    entry.leaving.insert(entry.leaving.end(), removal->devices.begin(), removal->devices.end());
    return std::vector<store::Change>{store::RemoveDevices{id, devices}};
  };
  const auto end = [this, id, removal](bool is_durable) {
    if (removal->of_instance) return end_removal(id, is_durable);
    leave(id, removal->devices, is_durable);
  };
  changes_->make([this] { return locks(); }, begin, end, std::move(done));
}

void Service::leave(std::int64_t id, const std::vector<DeviceIx>& gone, bool is_durable) {
  // It may have been deleted meanwhile.
  if (instances_->seen(id, std::nullopt) == nullptr) return;
  Entry& entry = instances_->at(id);
  std::vector<DeviceIx> removed = entry.removed;
  for (const DeviceIx device : gone) {
    std::erase(entry.leaving, device);
    if (!is_durable) continue;
    removed.push_back(device);
    world_->switch_device(entry.ix, {device, DeviceMode::removed});
    reporter_.tell(DeviceRemoved{id, roster()[device].id});
  }
  instances_->set_removed(entry, std::move(removed));
}

std::pair<std::vector<api::InstanceView>, std::uint64_t> Service::list(const Filter& filter) const {
  return instances_->list(filter, now());
}

std::vector<std::int64_t> Service::ids(const Projects& projects, std::string_view device) const {
  return instances_->ids(projects, device.empty(), devices_->find(device));
}

result<api::InstanceView> Service::find(std::int64_t id, const Projects& projects) const {
  return instances_->find(id, projects, now());
}

void Service::tell_switched(const Entry& entry) {
  for (const DeviceIx device : entry.removed) world_->switch_device(entry.ix, {device, DeviceMode::removed});
  if (switches_.empty()) return;
  for (const DeviceIx device : roster()[entry.ix].devices) {
    if (const auto on = switches_.find(roster()[device].id, entry.project))
      world_->switch_device(entry.ix, {device, mode_of(*on)});
  }
}

std::vector<InstanceTable::Use> Service::uses_of(const std::set<std::string>& ids,
                                                 const Projects& projects) const {
  std::set<DeviceIx> wanted;
  for (const std::string& id : ids) {
    if (const auto device = roster().find_device(id)) wanted.insert(*device);
  }
  std::vector<InstanceTable::Use> found = instances_->uses_of(wanted);
  std::erase_if(found, [&](const InstanceTable::Use& use) {
    return !use.entry->durable || !is_among(use.entry->project, projects);
  });
  return found;
}

void Service::switch_streams(const std::vector<std::string>& ids, bool on, const Projects& projects,
                             Done done) {
  const std::set<std::string> wanted(ids.begin(), ids.end());
  // By device: the projects of the instances that have it.
  const auto projects_of = std::make_shared<std::map<std::string, std::set<std::string>>>();
  const auto begin = [&]() -> result<std::vector<store::Change>> {
    for (const InstanceTable::Use& use : uses_of(wanted, projects))
      (*projects_of)[roster()[use.device].id].insert(use.entry->project);
    std::vector<store::Change> changes;
    for (const std::string& id : wanted) {
      const auto found = projects_of->find(id);
      if (found == projects_of->end())
        return fail(Errc::unknown_id, "DeviceIdList",
                    quote(id) + " is no device of an instance here; nothing was switched");
      for (const std::string& project : found->second)
        changes.emplace_back(store::SwitchStream{{project, id, on}});
    }
    return changes;
  };
  const auto end = [this, on, wanted, projects, projects_of](bool is_durable) {
    if (!is_durable) return;
    for (const auto& [id, of] : *projects_of) {
      for (const std::string& project : of) switches_.set({project, id, on});
    }
    // Those of now: an instance that was made meanwhile has not been told.
    for (const InstanceTable::Use& use : uses_of(wanted, projects)) {
      if (projects_of->at(roster()[use.device].id).contains(use.entry->project))
        world_->switch_device(use.entry->ix, {use.device, mode_of(on)});
    }
  };
  changes_->make([this] { return locks(); }, begin, end, std::move(done));
}

}  // namespace camfleet::service
