#include "runtime/service/device_registry.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "actors/base/text.hpp"
#include "runtime/plant/footage.hpp"
#include "runtime/service/device_fields.hpp"

namespace camfleet::service {

using api::is_among;

void DeviceRegistry::recall(const std::vector<store::DeviceRecord>& made) {
  for (const store::DeviceRecord& device : made) made_.emplace(device.id, device);
  uploads_->keep_only([this](const std::string& source) { return made_.contains(source); });
}

bool DeviceRegistry::is_made(std::string_view device) const {
  return made_.contains(device) && !dropping_.contains(device);
}

const std::vector<FleetDevice>& DeviceRegistry::fleet() const {
  static const std::vector<FleetDevice> none;
  return settings_.fleet ? *settings_.fleet : none;
}

std::optional<DeviceIx> DeviceRegistry::find(std::string_view id) const {
  const auto guard = lock();
  return roster().find_device(id);
}

bool DeviceRegistry::knows(const std::string& id) const {
  return !settings_.fleet || roster().find_device(id) || made_.contains(id);
}

std::vector<store::DeviceRecord> DeviceRegistry::list(const Projects& projects) const {
  std::vector<store::DeviceRecord> list;
  const auto guard = lock();
  for (const auto& [id, device] : made_) {
    if (is_made(id) && is_among(device.project, projects)) list.push_back(device);
  }
  return list;
}

result<std::optional<DeviceKind>> DeviceRegistry::ask_source(const media::SourceUrl& url) const {
  CAMFLEET_TRY(const media::SourceTraits traits, world_->sources().traits_of(url));
  if (!traits.is_guess) return std::optional<DeviceKind>();
  const auto said = world_->sources().ask_server(url, {});
  if (!said.has_value() && said.error().code == Errc::unsupported) return pass(said.error());
  if (!said.has_value()) reporter_->surprises({said.error()});
  // In doubt its URL says it, from now on.
  return std::optional(plant::kind_of(said.has_value() ? said.value() : traits));
}

result<void> DeviceRegistry::check(const InstanceSpec& spec, const Projects& projects) const {
  for (std::size_t i = 0; i < spec.devices.size(); ++i) {
    const std::string& id = spec.devices[i].id;
    const auto made = made_.find(id);
    // One that is about to go is nobody's any more, also while the roster still knows it.
    const bool is_known = made != made_.end() ? is_made(id) && is_among(made->second.project, projects)
                                              : !settings_.fleet || roster().find_device(id).has_value();
    if (!is_known)
      return fail(Errc::unknown_id, "Devices[" + std::to_string(i) + "].DeviceId",
                  quote(id) + " is no device of the fleet file, nor one that was created here");
  }
  return success();
}

std::string DeviceRegistry::source_of(const store::DeviceRecord& device) const {
  // Not kept as a URL: the store and what lies beside it may move.
  DeviceFields fields = fields_of(device);
  return fields.takes_pictures ? uploads_->url_of(device.id) : std::move(fields.source);
}

std::string DeviceRegistry::source_of_new(const std::string& device) const {
  const auto made = made_.find(device);
  std::string source = made == made_.end() ? "" : source_of(made->second);
  return source.empty() && !settings_.fleet ? settings_.demo_source : source;
}

void DeviceRegistry::measure(const InstanceSpec& spec, plant::SourceFacts& facts) const {
  if (!spec.is_whole()) return;
  std::set<std::string> sources;
  {
    const auto guard = lock();
    for (const DeviceSpec& device : spec.devices) {
      const auto known = roster().find_device(device.id);
      sources.insert(known ? roster()[*known].source : source_of_new(device.id));
    }
  }
  for (const std::string& source : sources) std::ignore = world_->measure(source, facts);
}

result<DeviceEntry> DeviceRegistry::entry_of(const std::string& id, const std::string& region,
                                             const std::string& source,
                                             const plant::SourceFacts& facts) const {
  CAMFLEET_TRY(DeviceEntry entry, world_->device(id, region, source, facts));
  const auto made = made_.find(id);
  if (made != made_.end()) entry.kind = fields_of(made->second).kind.value_or(entry.kind);
  return entry;
}

result<void> DeviceRegistry::check_source(const std::string& id, const std::string& source,
                                          const plant::SourceFacts& facts) const {
  const auto entry = entry_of(id, "", source, facts);
  if (!entry.has_value()) return pass(within("device " + id, entry.error()));
  if (settings_.in_real_time || entry.value().kind != DeviceKind::live) return success();
  CAMFLEET_TRY(const media::SourceUrl url, media::parse_source_url(source));
  const auto traits = world_->sources().traits_of(url);
  if (traits.has_value() && !traits.value().films_really()) return success();
  return fail(Errc::unsupported, "device " + id,
              "is live, and films in real time; a rehearsal with --speed has recorded footage and pictures");
}

result<void> DeviceRegistry::know_one(const std::string& id, const std::string& region,
                                      const std::string& source, plant::SourceFacts& facts, bool measures) {
  if (roster().find_device(id)) return success();
  CAMFLEET_CHECK(check_source(id, source, facts));
  CAMFLEET_TRY(DeviceEntry entry, entry_of(id, region, source, facts));
  if (measures) std::ignore = facts.measure(entry, world_->sources());
  CAMFLEET_TRY(const DeviceIx added, world_->roster().add_device(std::move(entry)));
  // Should the instance that names it be refused, nobody does; those of a fleet and of calls stay all the
  // same.
  if (!settings_.fleet && !made_.contains(id)) idle_.insert(added);
  return success();
}

result<void> DeviceRegistry::measure_again(DeviceIx device, plant::SourceFacts& facts) {
  const DeviceEntry& known = roster()[device];
  if (known.kind == DeviceKind::live) return success();
  DeviceEntry now = known;
  std::ignore = facts.measure(now, world_->sources());
  world_->roster().set_footage(device, now);
  return success();
}

result<void> DeviceRegistry::know(const InstanceSpec& spec, plant::SourceFacts& facts) {
  const bool whole = spec.is_whole();
  std::vector<std::string> demo;
  for (const DeviceSpec& device : spec.devices) {
    if (const auto known = roster().find_device(device.id)) {
      CAMFLEET_CHECK(world_->ask(roster()[*known].source, device));
      if (whole) CAMFLEET_CHECK(measure_again(*known, facts));
      continue;
    }
    const std::string source = source_of_new(device.id);
    if (source.empty()) continue;  // the roster names what it does not know
    CAMFLEET_CHECK(know_one(device.id, device.region, source, facts, whole));
    CAMFLEET_CHECK(world_->ask(source, device));
    if (!made_.contains(device.id)) demo.push_back(device.id);
  }
  reporter_->demo(demo);
  return success();
}

result<std::vector<std::string>> DeviceRegistry::stand_in_for(const std::vector<std::string>& ids) {
  std::vector<std::string> gone;
  for (const std::string& id : ids) {
    if (roster().find_device(id)) continue;
    DeviceEntry entry;
    entry.id = id;
    CAMFLEET_CHECK(world_->roster().add_device(std::move(entry)));
    gone.push_back(id);
  }
  return gone;
}

void DeviceRegistry::forget(std::string_view id) {
  const auto known = roster().find_device(id);
  if (!known) return;
  world_->roster().forget_device(id);
  idle_.insert(*known);
}

result<void> DeviceRegistry::make(const store::DeviceRecord& device) {
  if (made_.contains(device.id) || roster().find_device(device.id))
    return fail(Errc::invalid_field, "DeviceId", quote(device.id) + " is there already");
  made_.emplace(device.id, device);
  return success();
}

result<void> DeviceRegistry::begin_to_drop(const std::set<std::string>& ids, const Projects& projects,
                                           const UsersOf& users) {
  std::set<DeviceIx> known;
  for (const std::string& id : ids) {
    if (!is_made(id) || !is_among(made_.find(id)->second.project, projects))
      return fail(Errc::unknown_id, "DeviceId",
                  quote(id) + " is no device that was created here; nothing was deleted");
    if (const auto device = roster().find_device(id)) known.insert(*device);
  }
  if (const auto used = users(known); !used.empty())
    return fail(Errc::invalid_field, "DeviceId",
                quote(roster()[used.begin()->first].id) + " is used by instance " +
                    std::to_string(used.begin()->second) + "; nothing was deleted");
  dropping_.insert(ids.begin(), ids.end());
  return success();
}

std::vector<std::filesystem::path> DeviceRegistry::end_to_drop(const std::set<std::string>& ids,
                                                               bool is_durable) {
  std::vector<std::filesystem::path> left;
  for (const std::string& id : ids) {
    dropping_.erase(id);
    if (!is_durable) continue;
    made_.erase(id);
    forget(id);
    if (auto aside = uploads_->set_aside(id)) left.push_back(std::move(*aside));
  }
  return left;
}

result<void> DeviceRegistry::takes_uploads(const std::string& source, const Projects& projects) const {
  const auto guard = lock();
  const auto found = made_.find(source);
  if (found == made_.end() || !is_among(found->second.project, projects))
    return fail(Errc::unknown_id, "DataSourceId", quote(source) + " is no data source here");
  if (!fields_of(found->second).takes_pictures)
    return fail(Errc::invalid_field, "DataSourceId",
                quote(source) + " takes no pictures; add one of the type PIC");
  return success();
}

result<std::string> DeviceRegistry::upload(const std::string& source, const Projects& projects,
                                           std::string_view name, std::string_view picture) {
  CAMFLEET_CHECK(takes_uploads(source, projects));
  auto added = uploads_->add(source, name, picture);
  // Its caller is not told where on this machine it is.
  if (!added.has_value() && added.error().code == Errc::io) reporter_->trouble(added.error());
  CAMFLEET_TRY(auto file, std::move(added));
  // It may have been deleted meanwhile.
  if (const auto still = takes_uploads(source, projects); !still.has_value()) {
    std::error_code ignored;
    if (const auto left = uploads_->set_aside(source)) std::filesystem::remove_all(*left, ignored);
    return pass(still.error());
  }
  return file;
}

}  // namespace camfleet::service
