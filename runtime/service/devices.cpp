#include <algorithm>
#include <utility>
#include <vector>

#include "actors/text.hpp"
#include "runtime/service/device_fields.hpp"
#include "runtime/service/service.hpp"

// The devices that a service knows: those of the fleet file, and those that the API made.

namespace camfleet::service {

bool Service::is_made(std::string_view device) const {
  return devices_.contains(device) && !dropping_.contains(device);
}

std::map<DeviceIx, std::int64_t> Service::users_of(const std::set<DeviceIx>& devices) const {
  std::map<DeviceIx, std::int64_t> users;
  for (const Use& use : uses_of(devices)) users.emplace(use.device, use.instance);
  return users;
}

result<void> Service::check_fleet(const std::vector<FleetDevice>& fleet) const {
  std::set<DeviceIx> leaving;
  std::set<DeviceIx> changing;
  std::set<std::string_view> names;
  std::size_t added = 0;
  for (const FleetDevice& device : fleet) {
    names.insert(device.id);
    if (devices_.contains(device.id))
      return fail(Errc::invalid_field, "device " + device.id,
                  "was created by the API already; delete it there, or give this one another id");
    const auto known = roster().find_device(device.id);
    const bool is_same = known && roster()[*known].source == device.source;
    added += is_same ? 0 : 1;
    if (known && !is_same) changing.insert(*known);
    CAMFLEET_CHECK(check_device(device.id, device.source));
  }
  for (const FleetDevice& device : settings_.fleet.value_or(std::vector<FleetDevice>())) {
    const auto known = roster().find_device(device.id);
    if (known && !names.contains(device.id)) leaving.insert(*known);
  }
  if (const auto users = users_of(changing); !users.empty())
    return fail(Errc::invalid_field, "device " + roster()[users.begin()->first].id,
                "has another source than before, and instance " + std::to_string(users.begin()->second) +
                    " uses it; give it a new id, or restart the service");
  if (const auto users = users_of(leaving); !users.empty())
    return fail(Errc::unknown_id, "device " + roster()[users.begin()->first].id,
                "is used by instance " + std::to_string(users.begin()->second) +
                    " and gone from the fleet; delete that first");
  return analysis_->roster().has_room_for(added);
}

result<void> Service::take_fleet(std::vector<FleetDevice> fleet) {
  // Its length is asked for by a `once` without times alone, which may come later.
  plant::MeasuredFootage footage;
  std::vector<std::pair<std::string, Error>> unreadable;
  for (const FleetDevice& device : fleet) {
    const auto read = analysis_->measure(device.source, footage);
    if (!read.has_value()) unreadable.emplace_back(device.id, read.error());
  }
  report_unreadable(unreadable);
  const std::lock_guard lock(mutex_);
  CAMFLEET_CHECK(check_fleet(fleet));
  std::map<std::string_view, std::string_view> sources;
  for (const FleetDevice& device : fleet) sources.emplace(device.id, device.source);
  for (const FleetDevice& device : settings_.fleet.value_or(std::vector<FleetDevice>())) {
    const auto now = sources.find(device.id);
    if (now == sources.end() || now->second != device.source) forget_device(device.id);
  }
  for (const FleetDevice& device : fleet)
    CAMFLEET_CHECK(know_device(device.id, device.region, device.source, &footage));
  settings_.fleet = std::move(fleet);
  return success();
}

void Service::drop_orphaned_switches() {
  const std::lock_guard lock(mutex_);
  if (!settings_.fleet) return;
  std::vector<store::Change> changes;
  std::erase_if(switched_, [&](const auto& switched) {
    if (roster().find_device(switched.first) || devices_.contains(switched.first)) return false;
    changes.emplace_back(store::DropSwitches{switched.first});
    return true;
  });
  if (!changes.empty()) commits_->submit(std::move(changes));
}

result<void> Service::reload(std::vector<FleetDevice> fleet) {
  CAMFLEET_CHECK(take_fleet(std::move(fleet)));
  drop_orphaned_switches();
  return success();
}

void Service::add_device(const store::DeviceRecord& device, std::function<void(const result<void>&)> done) {
  if (const auto room = has_room(); !room.has_value())
    return done(BOOST_OUTCOME_V2_NAMESPACE::failure(room.error()));
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
  if (const auto room = has_room(); !room.has_value())
    return done(BOOST_OUTCOME_V2_NAMESPACE::failure(room.error()));
  std::unique_lock lock(mutex_);
  const auto refuse = [&](Errc code, const std::string& id, const std::string& what) {
    lock.unlock();
    done(fail(code, "DeviceId", quote(id) + " " + what + "; nothing was deleted"));
  };
  const std::set<std::string> wanted(ids.begin(), ids.end());
  std::vector<store::Change> changes;
  std::set<DeviceIx> known;
  for (const std::string& id : wanted) {
    if (!is_made(id) || (projects && !projects->contains(devices_.find(id)->second.project)))
      return refuse(Errc::unknown_id, id, "is no device that was created here");
    if (const auto device = roster().find_device(id)) known.insert(*device);
    changes.emplace_back(store::DropDevice{id});
  }
  if (const auto users = users_of(known); !users.empty())
    return refuse(Errc::invalid_field, roster()[users.begin()->first].id,
                  "is used by instance " + std::to_string(users.begin()->second));
  dropping_.insert(wanted.begin(), wanted.end());
  commits_->submit(std::move(changes), [this, wanted, done = std::move(done)](const result<void>& stored) {
    std::vector<std::filesystem::path> left;
    {
      const std::lock_guard guard(mutex_);
      for (const std::string& id : wanted) {
        dropping_.erase(id);
        if (!stored.has_value()) continue;
        devices_.erase(id);
        switched_.erase(id);
        forget_device(id);
        if (auto aside = uploads_->set_aside(id)) left.push_back(std::move(*aside));
      }
    }
    std::error_code ignored;
    for (const auto& folder : left) std::filesystem::remove_all(folder, ignored);
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
  auto added = uploads_->add(source, name, picture);
  // Its caller is not told where on this machine it is.
  if (!added.has_value() && added.error().code == Errc::io) report(added.error());
  CAMFLEET_TRY(auto file, std::move(added));
  // It may have been deleted meanwhile.
  if (const auto still = takes_uploads(source, projects); !still.has_value()) {
    std::error_code ignored;
    if (const auto left = uploads_->set_aside(source)) std::filesystem::remove_all(*left, ignored);
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
