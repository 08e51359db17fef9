#include <algorithm>

#include <nlohmann/json.hpp>

#include "actors/capacity.hpp"
#include "actors/text.hpp"
#include "runtime/service/device_fields.hpp"
#include "runtime/service/service.hpp"

// How a service goes on from its store, and the devices that it knows.

namespace camfleet::service {
namespace {

Instant instant_of(store::Nanoseconds count) {
  return Instant(Duration(count));
}

/// The row of a slice whose instance was deleted before it could be accounted for.
std::string cancelled_line(const store::OpenSlice& open, Instant now, const std::string& node) {
  nlohmann::ordered_json line;
  line["instance"] = std::to_string(open.name.instance);
  line["device"] = open.name.device;
  line["due_at"] = to_iso(instant_of(open.name.due));
  line["started_at"] = nullptr;
  line["ended_at"] = to_iso(std::max(now, instant_of(open.name.due)));
  line["planned_s"] = open.planned / seconds(1).count();
  line["observed_s"] = 0;
  line["cut"] = false;
  line["outcome"] = "missed";
  line["reason"] = "cancelled";
  line["node"] = node;
  line["parts"] = nlohmann::ordered_json::array();
  line["algorithms"] = nlohmann::ordered_json::array();
  return line.dump();
}

}  // namespace

result<void> Service::recover() {
  const auto began = std::chrono::steady_clock::now();
  CAMFLEET_TRY(const store::State state, store_->load());
  last_id_ = state.last_instance;
  for (const store::DeviceRecord& device : state.devices) devices_.emplace(device.id, device);
  uploads_->keep_only([this](const std::string& source) { return devices_.contains(source); });
  std::map<std::int64_t, std::vector<std::string>> removed;
  for (const auto& [instance, device] : state.removed_devices) removed[instance].push_back(device);
  if (settings_.fleet) CAMFLEET_CHECK(reload(*settings_.fleet));
  std::vector<AddInstance> additions;
  for (const store::InstanceRecord& record : state.instances) {
    const auto fields = nlohmann::json::parse(record.fields, nullptr, false);
    auto spec = parse_instance(fields, {settings_.zone});
    if (!spec.has_value())
      return BOOST_OUTCOME_V2_NAMESPACE::failure(
          within("stored instance " + std::to_string(record.id), spec.error()));
    std::vector<Duration> phases;
    for (const store::Nanoseconds phase : record.phases) phases.emplace_back(phase);
    const std::int64_t acu = acu_used(spec.value(), spec.value().schedule, settings_.costs);
    CAMFLEET_TRY(const auto gone, stand_in_for(removed[record.id]));
    const auto ix = admit(record.id, std::move(spec).value(), instant_of(record.created), std::move(phases));
    if (!ix.has_value())
      return BOOST_OUTCOME_V2_NAMESPACE::failure(
          within("stored instance " + std::to_string(record.id), ix.error()));
    ++durable_in_[record.project];
    Entry& entry =
        instances_
            .emplace(record.id,
                     Entry{record.name, record.project, ix.value(), acu, true, new_facts(ix.value()), {}})
            .first->second;
    for (const std::string& device : removed[record.id])
      entry.removed.push_back(*roster().find_device(device));
    for (const std::string& device : gone) analysis_->roster().forget_device(device);
    if (!entry.removed.empty()) entry.acu = acu_of(entry);
    observers_.metrics->instance_added();
    additions.push_back({ix.value(), instant_of(record.created)});
  }
  // The roster was empty: instances have their numbers in this order.
  for (const auto& [id, due] : state.last_due) {
    const auto found = instances_.find(id);
    if (found == instances_.end()) continue;
    Instant& until = additions[found->second.ix.value].accounted_until;
    until = std::max(until, instant_of(due) + Duration(1));
    has_begun(found->second.ix);
  }
  std::map<std::uint32_t, std::vector<std::pair<DeviceIx, Instant>>> reopened;
  recovering_ = true;
  for (const store::OpenSlice& open : state.open_slices) {
    const auto found = instances_.find(open.name.instance);
    const auto device = roster().find_device(open.name.device);
    if (found == instances_.end() || !device || !uses(found->second, open.name.device)) {
      commits_->submit(
          {store::SliceEnded{{open.name, "missed", cancelled_line(open, now(), settings_.analysis.node)}}});
      continue;
    }
    const InstanceIx ix = found->second.ix;
    analysis_->reopen({ix, *device, instant_of(open.name.due)}, Duration(open.planned));
    reopened[ix.value].emplace_back(*device, instant_of(open.name.due));
  }
  recovering_ = false;
  analysis_->start();
  for (AddInstance one : additions) {
    const auto& again = reopened[one.instance.value];
    for (const auto& [device, due] : again) one.reopened_from = std::min(one.reopened_from, due);
    tell_switched(instances_.at(id_of_[one.instance.value]));
    analysis_->add(one, again);
  }
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  observers_.log->info("recovered", {{"instances", instances_.size()},
                                     {"devices", roster().device_count()},
                                     {"open_slices", state.open_slices.size()},
                                     {"ms", took.count()}});
  return success();
}

bool Service::is_made(std::string_view device) const {
  const auto found = devices_.find(device);
  return found != devices_.end() && !dropping_.contains(device) && fields_of(found->second).is_made;
}

result<std::vector<std::string>> Service::stand_in_for(const std::vector<std::string>& removed) {
  std::vector<std::string> gone;
  for (const std::string& id : removed) {
    if (roster().find_device(id) || is_made(id)) continue;
    DeviceEntry entry;
    entry.id = id;
    CAMFLEET_CHECK(analysis_->roster().add_device(std::move(entry)));
    gone.push_back(id);
  }
  return gone;
}

result<void> Service::reload(std::vector<FleetDevice> fleet) {
  const std::lock_guard lock(mutex_);
  std::map<std::string_view, std::int64_t> users;
  for (const auto& [id, entry] : instances_) {
    for (const DeviceSpec& device : roster()[entry.ix].spec.devices) {
      if (uses(entry, device.id)) users.emplace(device.id, id);
    }
  }
  std::map<std::string_view, std::string_view> sources;
  for (const FleetDevice& device : fleet) {
    sources.emplace(device.id, device.source);
    const auto known = roster().find_device(device.id);
    if (!known || roster()[*known].source == device.source) continue;
    const auto user = users.find(device.id);
    if (user == users.end()) continue;
    return fail(Errc::invalid_field, "device " + device.id,
                "has another source than before, and instance " + std::to_string(user->second) +
                    " uses it; give it a new id, or restart the service");
  }
  for (const auto& [device, id] : users) {
    if (sources.contains(device) || is_made(device)) continue;
    return fail(Errc::unknown_id, "device " + std::string(device),
                "is used by instance " + std::to_string(id) + " and gone from the fleet; delete that first");
  }
  for (const FleetDevice& device : fleet) CAMFLEET_CHECK(check_device(device.id, device.source));
  for (const FleetDevice& device : settings_.fleet.value_or(std::vector<FleetDevice>())) {
    const auto now = sources.find(device.id);
    if (now == sources.end() || now->second != device.source) analysis_->roster().forget_device(device.id);
  }
  for (const FleetDevice& device : fleet) {
    // Its length is asked for by a `once` without times alone, which may come later.
    CAMFLEET_CHECK(know_device(device.id, device.region, device.source, true));
  }
  settings_.fleet = std::move(fleet);
  return success();
}

void Service::add_device(const store::DeviceRecord& device, std::function<void(const result<void>&)> done) {
  std::unique_lock lock(mutex_);
  if (devices_.contains(device.id) || roster().find_device(device.id)) {
    lock.unlock();
    return done(fail(Errc::invalid_field, "DeviceId", quote(device.id) + " is there already"));
  }
  devices_.emplace(device.id, device);
  commits_->submit({store::PutDevice{device}},
                   [this, id = device.id, done = std::move(done)](const result<void>& stored) {
                     if (!stored.has_value()) {
                       const std::lock_guard guard(mutex_);
                       devices_.erase(id);
                     }
                     done(stored);
                   });
}

void Service::drop_devices(const std::vector<std::string>& ids, const Projects& projects,
                           std::function<void(const result<void>&)> done) {
  std::unique_lock lock(mutex_);
  std::vector<store::Change> changes;
  const auto refuse = [&](Errc code, const std::string& id, const std::string& what) {
    lock.unlock();
    done(fail(code, "DeviceId", quote(id) + " " + what + "; nothing was deleted"));
  };
  for (const std::string& id : ids) {
    if (!is_made(id) || (projects && !projects->contains(devices_.find(id)->second.project)))
      return refuse(Errc::unknown_id, id, "is no device that was created here");
    for (const auto& [instance, entry] : instances_) {
      if (uses(entry, id))
        return refuse(Errc::invalid_field, id, "is used by instance " + std::to_string(instance));
    }
    changes.emplace_back(store::DropDevice{id});
  }
  dropping_.insert(ids.begin(), ids.end());
  commits_->submit(std::move(changes), [this, ids, done = std::move(done)](const result<void>& stored) {
    {
      const std::lock_guard guard(mutex_);
      for (const std::string& id : ids) {
        dropping_.erase(id);
        if (!stored.has_value()) continue;
        devices_.erase(id);
        analysis_->roster().forget_device(id);
        uploads_->remove(id);
      }
    }
    done(stored);
  });
}

std::string Service::source_of(const store::DeviceRecord& device) const {
  // Not kept as a URL: the store and what lies beside it may move.
  DeviceFields fields = fields_of(device);
  return fields.takes_pictures ? uploads_->url_of(device.id) : std::move(fields.source);
}

result<void> Service::takes_uploads(const std::string& source, const Projects& projects) const {
  const std::lock_guard lock(mutex_);
  const auto found = devices_.find(source);
  if (found == devices_.end() || (projects && !projects->contains(found->second.project)))
    return fail(Errc::unknown_id, "DataSourceId", quote(source) + " is no data source here");
  if (!fields_of(found->second).takes_pictures)
    return fail(Errc::invalid_field, "DataSourceId",
                quote(source) + " takes no pictures; add one of the type PIC");
  return success();
}

result<std::string> Service::upload(const std::string& source, const Projects& projects,
                                    std::string_view name, std::string_view picture) {
  CAMFLEET_CHECK(takes_uploads(source, projects));
  CAMFLEET_TRY(auto file, uploads_->add(source, name, picture));
  // It may have been deleted meanwhile.
  if (const auto still = takes_uploads(source, projects); !still.has_value()) {
    uploads_->remove(source);
    return BOOST_OUTCOME_V2_NAMESPACE::failure(still.error());
  }
  return file;
}

std::vector<store::DeviceRecord> Service::devices(const Projects& projects) const {
  std::vector<store::DeviceRecord> list;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, device] : devices_) {
    if (is_made(id) && (!projects || projects->contains(device.project))) list.push_back(device);
  }
  return list;
}

}  // namespace camfleet::service
