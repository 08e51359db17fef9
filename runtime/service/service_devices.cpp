#include <filesystem>
#include <memory>

#include "runtime/service/service.hpp"

// What callers and operators ask of a service about its devices.

namespace camfleet::service {

std::vector<store::DeviceRecord> Service::devices(const Projects& projects) const {
  return devices_->list(projects);
}

result<std::optional<DeviceKind>> Service::ask_source(const media::SourceUrl& url) const {
  return devices_->ask_source(url);
}

result<std::string> Service::upload(const std::string& source, const Projects& projects,
                                    std::string_view name, std::string_view picture) {
  return devices_->upload(source, projects, name, picture);
}

void Service::add_device(const store::DeviceRecord& device, Done done) {
  const auto begin = [&]() -> result<std::vector<store::Change>> {
    CAMFLEET_CHECK(devices_->make(device));
    return std::vector<store::Change>{store::PutDevice{device}};
  };
  const auto end = [this, id = device.id](bool is_durable) {
    if (!is_durable) devices_->unmake(id);
  };
  changes_->make([this] { return devices_->lock(); }, begin, end, std::move(done));
}

void Service::drop_devices(const std::vector<std::string>& ids, const Projects& projects, Done done) {
  const std::set<std::string> wanted(ids.begin(), ids.end());
  const auto left = std::make_shared<std::vector<std::filesystem::path>>();
  const auto begin = [&]() -> result<std::vector<store::Change>> {
    CAMFLEET_CHECK(devices_->begin_to_drop(wanted, projects, users()));
    std::vector<store::Change> changes;
    changes.reserve(wanted.size());
    for (const std::string& id : wanted) changes.emplace_back(store::DropDevice{id});
    return changes;
  };
  const auto end = [this, wanted, left](bool is_durable) {
    *left = devices_->end_to_drop(wanted, is_durable);
    if (!is_durable) return;
    for (const std::string& id : wanted) switches_.drop(id);
  };
  changes_->make([this] { return devices_->lock(); }, begin, end,
                 [left, done = std::move(done)](const result<void>& stored) {
                   std::error_code ignored;
                   for (const auto& folder : *left) std::filesystem::remove_all(folder, ignored);
                   done(stored);
                 });
}

DeviceRegistry::UsersOf Service::users() const {
  return [this](const std::set<DeviceIx>& devices) { return instances_->users_of(devices); };
}

void Service::drop_orphaned_switches() {
  const auto guard = devices_->lock();
  std::vector<store::Change> changes;
  for (const std::string& device :
       switches_.keep_only([this](const std::string& id) { return devices_->knows(id); }))
    changes.emplace_back(store::DropSwitches{device});
  if (!changes.empty()) changes_->store(std::move(changes));
}

result<void> Service::reload(std::vector<FleetDevice> fleet) {
  CAMFLEET_CHECK(devices_->take_fleet(std::move(fleet), users()));
  drop_orphaned_switches();
  return success();
}

}  // namespace camfleet::service
