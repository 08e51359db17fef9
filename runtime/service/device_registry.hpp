#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/api/backend.hpp"
#include "runtime/service/fleet_file.hpp"
#include "runtime/service/reporter.hpp"
#include "runtime/service/service_world.hpp"
#include "runtime/service/upload_folder.hpp"

namespace camfleet::service {

using api::Projects;

/// How long what is gone is left alone, before its numbers are another's.
inline constexpr Duration rest_time = seconds(60);

/// The devices that a service knows: those of its fleet file, those that the API made, and, where there is no
/// fleet file, every other one as a demo camera. It alone writes devices to the roster, and instances are
/// written to it under its lock.
class DeviceRegistry {
 public:
  struct Settings {
    std::optional<std::vector<FleetDevice>> fleet;  ///< none: an unknown device becomes a demo camera
    std::string demo_source;                        ///< URL
    bool in_real_time = true;         ///< a rehearsal at another speed has no live cameras that film really
    std::function<bool()> give_up{};  ///< asked while servers are waited for; empty: never
  };
  /// By device, the first of the instances that uses it; of these devices.
  using UsersOf = std::function<std::map<DeviceIx, std::int64_t>(const std::set<DeviceIx>& devices)>;

  /// All outlive it.
  DeviceRegistry(Settings settings, ServiceWorld& world, UploadFolder& uploads, const Reporter& reporter)
      : settings_(std::move(settings)), world_(&world), uploads_(&uploads), reporter_(&reporter) {}

  [[nodiscard]] std::unique_lock<std::mutex> lock() const { return std::unique_lock(mutex_); }

  // These take the lock themselves.

  /// Looks at the footage that an instance needs the length of; it reads files.
  void measure(const InstanceSpec& spec, plant::SourceFacts& facts) const;
  [[nodiscard]] std::vector<store::DeviceRecord> list(const Projects& projects) const;
  /// See Backend; this and the next one.
  [[nodiscard]] result<std::optional<DeviceKind>> ask_source(const media::SourceUrl& url) const;
  result<std::string> upload(const std::string& source, const Projects& projects, std::string_view name,
                             std::string_view picture);
  [[nodiscard]] std::optional<DeviceIx> find(std::string_view id) const;
  /// The sources of devices that cannot be looked at are reported, and are taken all the same. Errors: see
  /// Service::reload.
  result<void> take_fleet(std::vector<FleetDevice> fleet, const UsersOf& users);
  // The rest is for who has the lock.

  /// Of the fleet, where there is one, or made.
  [[nodiscard]] bool knows(const std::string& id) const;
  /// What the store knows, before anything else.
  void recall(const std::vector<store::DeviceRecord>& made);
  /// Errors: unknown_id: a device that is not there for whoever may see these projects.
  [[nodiscard]] result<void> check(const InstanceSpec& spec, const Projects& projects) const;
  /// The devices of an instance that is to be added are in the roster afterwards. Errors: those of their
  /// URLs; what it asks of them cannot be had.
  result<void> know(const InstanceSpec& spec, plant::SourceFacts& facts);
  /// An instance keeps the places of devices that are no longer anywhere: stands in for those that the roster
  /// does not know, and gives their ids, which are to be forgotten once it is added.
  result<std::vector<std::string>> stand_in_for(const std::vector<std::string>& ids);
  /// A device is no longer known by its id; its number is idle once no instance lists it.
  void forget(std::string_view id);
  /// No instance may list them any more.
  void are_idle(const std::vector<DeviceIx>& devices) { idle_.insert(devices.begin(), devices.end()); }

  /// Errors: invalid_field: it is there.
  result<void> make(const store::DeviceRecord& device);
  void unmake(const std::string& id) { made_.erase(id); }
  /// Marks those that the API made as about to go. Errors: unknown_id; invalid_field: used.
  result<void> begin_to_drop(const std::set<std::string>& ids, const Projects& projects,
                             const UsersOf& users);
  /// They are gone, or stay. Folders that are still to be deleted.
  std::vector<std::filesystem::path> end_to_drop(const std::set<std::string>& ids, bool is_durable);

  /// Has numbers of devices that are gone make room for others, once in a while; true: it has looked.
  /// `listed`: by number, whether an instance lists it.
  bool reclaim(std::chrono::steady_clock::time_point now, const std::function<std::vector<bool>()>& listed);

 private:
  /// Whether the API made this device, and it is not about to go.
  [[nodiscard]] bool is_made(std::string_view device) const;
  [[nodiscard]] const Roster& roster() const { return std::as_const(*world_).roster(); }
  /// Where a device that the API made is read; empty: it has no source.
  [[nodiscard]] std::string source_of(const store::DeviceRecord& device) const;
  /// Where a device is read that is new to the roster; empty: nowhere.
  [[nodiscard]] std::string source_of_new(const std::string& device) const;
  /// Errors: unknown_id; invalid_field.
  [[nodiscard]] result<void> takes_uploads(const std::string& source, const Projects& projects) const;
  /// Its length was not asked for before, or more pictures have been uploaded since.
  result<void> measure_again(DeviceIx device, plant::SourceFacts& facts);
  result<void> know_one(const std::string& id, const std::string& region, const std::string& source,
                        plant::SourceFacts& facts, bool measures);
  /// What a device is that is new to the roster. Errors: those of its URL.
  [[nodiscard]] result<DeviceEntry> entry_of(const std::string& id, const std::string& region,
                                             const std::string& source,
                                             const plant::SourceFacts& facts) const;
  /// Whether know_one would take it. Errors: those of its URL; unsupported.
  [[nodiscard]] result<void> check_source(const std::string& id, const std::string& source,
                                          const plant::SourceFacts& facts) const;
  [[nodiscard]] result<void> check_fleet(const std::vector<FleetDevice>& fleet, const UsersOf& users,
                                         const plant::SourceFacts& facts) const;
  [[nodiscard]] const std::vector<FleetDevice>& fleet() const;
  /// Of devices that the roster does not know, or knows by another source.
  [[nodiscard]] std::vector<std::string> new_sources(const std::vector<FleetDevice>& fleet) const;
  /// True: its number is no longer idle.
  bool reclaim_one(DeviceIx device, const std::vector<bool>& listed);

  Settings settings_;
  ServiceWorld* world_;
  UploadFolder* uploads_;
  const Reporter* reporter_;
  mutable std::mutex mutex_;  ///< guards all below, the fleet, and writing to the roster
  std::map<std::string, store::DeviceRecord, std::less<>> made_;
  std::set<std::string, std::less<>> dropping_;  ///< of those: whose deletion is not durable yet
  std::set<DeviceIx> idle_;                      ///< that no instance may list any more
  std::chrono::steady_clock::time_point reclaimed_at_;
};

}  // namespace camfleet::service
