#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "actors/capacity.hpp"
#include "runtime/plant/timekeeper.hpp"
#include "runtime/service/analysis.hpp"
#include "runtime/service/downtime.hpp"
#include "runtime/service/event_sinks.hpp"
#include "runtime/service/fleet_file.hpp"
#include "runtime/service/observers.hpp"
#include "runtime/service/picture_folder.hpp"
#include "runtime/service/recorder.hpp"
#include "runtime/service/status.hpp"
#include "runtime/service/store_lock.hpp"
#include "runtime/service/upload_folder.hpp"
#include "runtime/store/commit_queue.hpp"

namespace camfleet::service {

/// Which projects a caller may see; none: all.
using Projects = std::optional<std::set<std::string, std::less<>>>;
bool is_among(const std::string& project, const Projects& projects);

/// An instance as lists show it.
struct InstanceView {
  std::int64_t id = 0;
  std::string name;
  std::string project;
  std::string_view status;
  Instant created{};
  std::int64_t acu = 0;
  InstanceIx ix;                  ///< its spec, in roster()
  std::vector<DeviceIx> removed;  ///< devices of the spec that it no longer has
};

/// Compute instances that are kept in a store and followed until they are deleted. Thread-safe.
class Service {
 public:
  struct Settings {
    Analysis::Settings analysis;
    std::string store = "camfleet.db";
    store::Opening opening;  ///< of the store
    std::filesystem::path pictures = "camfleet-pictures";
    PictureFolder::Limits picture_limits;
    std::filesystem::path uploads = "camfleet-uploads";
    UploadFolder::Limits upload_limits{};
    Recorder::Limits recorder{};
    std::optional<std::vector<FleetDevice>> fleet;  ///< none: an unknown device becomes a demo camera
    std::string demo_source;                        ///< URL
    std::string zone = "Asia/Shanghai";
    Costs costs{};  ///< of AcuUsed
    /// Of what was due while no service was there: how long after it ended slices are written off one by one.
    Duration settle = usual_settle;
  };

  /// Opens the store and goes on from it. Errors: those of the store, the catalogue and the folder; live
  /// sources in a rehearsal; those of check_life.
  static result<std::unique_ptr<Service>> start(Settings settings, const Observers& observers);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  struct Created {
    std::int64_t id = 0;
    std::int64_t acu = 0;
  };
  /// Creates an instance; `done` is called once it is durable, or failed. It may have the devices of the
  /// fleet file and those that were made in `projects`. Errors: those of parse_instance and of
  /// Roster::add_instance; model; io.
  void create(const std::string& project, const Projects& projects, const nlohmann::json& fields,
              std::function<void(const result<Created>&)> done);

  /// Deletes all of them or none. Errors: unknown_id, with the first that is unknown; io.
  void remove(const std::vector<std::int64_t>& ids, const Projects& projects,
              std::function<void(const result<void>&)> done);

  /// Takes devices out of an instance: what runs on them is cancelled, nothing more is due; the others keep
  /// their times. With `whole`, an instance that has no device left is deleted. All or none. Errors:
  /// unknown_id; io.
  void remove_devices(std::int64_t id, const std::vector<std::string>& devices, bool whole,
                      const Projects& projects, std::function<void(const result<void>&)> done);

  struct Filter {
    Projects projects;
    std::string name;  ///< part of the name; empty: any
    std::size_t offset = 0;
    std::size_t limit = 100;
  };
  /// Newest first, with how many match in all.
  [[nodiscard]] std::pair<std::vector<InstanceView>, std::uint64_t> list(const Filter& filter) const;
  /// Of all instances, ascending; with a device, of those alone that have it or had it.
  [[nodiscard]] std::vector<std::int64_t> ids(const Projects& projects, std::string_view device) const;
  [[nodiscard]] result<InstanceView> find(std::int64_t id, const Projects& projects) const;

  /// Adds a device that lists its source; `project` owns it. Errors: invalid_field, duplicate_field; io.
  void add_device(const store::DeviceRecord& device, std::function<void(const result<void>&)> done);
  /// Errors: unknown_id; invalid_field: an instance still uses it; io.
  void drop_devices(const std::vector<std::string>& ids, const Projects& projects,
                    std::function<void(const result<void>&)> done);
  [[nodiscard]] std::vector<store::DeviceRecord> devices(const Projects& projects) const;

  /// Errors: unsupported: nothing here reads such a URL.
  [[nodiscard]] result<void> check_pulled(const media::SourceUrl& url) const;
  /// Adds a picture to a data source of the type PIC: on the disk when it returns. Errors: unknown_id;
  /// invalid_field: a data source of another type; those of UploadFolder::add.
  result<std::string> upload(const std::string& source, const Projects& projects, std::string_view name,
                             std::string_view picture);

  /// Pulls the streams of these devices from now on, or no longer, in all instances of these projects that
  /// have them and later ones of the same projects, whatever StartStream said. All or none. Errors:
  /// unknown_id: no instance of these projects has such a device; io.
  void switch_streams(const std::vector<std::string>& ids, bool on, const Projects& projects,
                      std::function<void(const result<void>&)> done);

  /// Replaces the fleet, or changes nothing: new devices join, those that are gone are no longer known, and
  /// one that no instance uses may have another source. Errors: unknown_id: a device that an instance uses is
  /// gone; invalid_field: its source changed, or the API made a device of that id; limit: more devices than
  /// a process can have; those of a URL.
  result<void> reload(std::vector<FleetDevice> fleet);

  /// Errors: io: the name of the store no longer leads to it, so that another process could take it for free.
  [[nodiscard]] result<void> check_store() const { return lock_.check(); }
  /// The clock has moved by a day or more: time stands still here, and a new service on the same store is to
  /// take over, as after a restart.
  [[nodiscard]] bool must_begin_anew() const { return begins_anew_; }
  static constexpr Duration longest_move = hours(24);

  /// Notes in the store that the service is there, each minute; for whoever calls it every second or so.
  void note_alive();

  /// Has numbers and fields of what was deleted make room for others, some time after nothing of it is under
  /// way any more; for whoever calls it every second or so.
  void reclaim();
  static constexpr Duration rest_time = seconds(60);

  /// Waits until every change that was asked for before is durable or has failed, and its `done` was called.
  void settle() { commits_->flush(); }

  [[nodiscard]] Instant now() const { return analysis_->now(); }
  /// Where wall times are of which nobody says the zone.
  [[nodiscard]] const std::string& zone() const { return settings_.zone; }
  [[nodiscard]] const std::string& node() const { return settings_.analysis.node; }
  [[nodiscard]] const Roster& roster() const { return std::as_const(*analysis_).roster(); }
  [[nodiscard]] const vision::Catalogue& catalogue() const { return analysis_->catalogue(); }
  [[nodiscard]] store::Store& store() { return *store_; }
  [[nodiscard]] const PictureFolder& pictures() const { return *pictures_; }

  /// Errors: io: the store's last commit failed. Then asking tries another one, for the next who asks.
  [[nodiscard]] result<void> ready();
  /// Brings those metrics up to date that are not counted as things happen.
  void measure() const;

 private:
  struct Entry {
    std::string name;
    std::string project;
    InstanceIx ix;
    std::int64_t acu = 0;
    bool durable = false;
    StatusFacts facts;
    Instant last_window{};  ///< that `unreachable` is about
    std::vector<DeviceIx> removed{};
    std::vector<DeviceIx> leaving{};  ///< whose removal is not durable yet
  };

  Service(Settings settings, const Observers& observers);
  void tell(const Event& event) const {
    for (const auto& sink : sinks_) sink->on(event);
  }
  result<void> open();
  result<void> recover();
  /// An instance that is there already.
  result<InstanceIx> admit(std::int64_t id, InstanceSpec spec, Instant created,
                           std::optional<std::vector<Duration>> phases, plant::MeasuredFootage& footage);
  /// An instance keeps the places of devices that were removed from it, also of those that are no longer
  /// anywhere: stands in for these. Which they were; their ids are to be forgotten.
  result<std::vector<std::string>> stand_in_for(const std::vector<std::string>& removed);
  /// Errors: unknown_id: a device that is not there for whoever may see these projects.
  [[nodiscard]] result<void> check_devices(const InstanceSpec& spec, const Projects& projects) const;
  /// Of an instance of which nothing has run.
  [[nodiscard]] StatusFacts new_facts(InstanceIx ix, const std::vector<DeviceIx>& removed = {}) const;
  /// What was due when the last process ended, by instance: see Analysis::add.
  struct Recalled {
    AddInstance add;
    std::vector<RecallSlice> slices;
  };
  /// Errors: a stored instance that cannot be followed.
  result<Recalled> take_over(const store::InstanceRecord& record, const std::vector<std::string>& removed,
                             plant::MeasuredFootage& footage);
  /// Of slices that have their row. `open`: as State has them.
  void recall_ended(const store::LastDue& last, const std::vector<store::OpenSlice>& open,
                    Recalled& recalled);
  /// Of a slice that has none.
  void reopen(const store::OpenSlice& open, std::vector<Recalled>& recalled);
  /// What the store holds now, after what a clock that was ahead made of it was taken back.
  result<store::State> load_state();
  /// What was due while nobody was there, beyond what is written off one by one: becomes a span for each
  /// instance.
  result<std::vector<store::Change>> write_off_spans(const store::State& state,
                                                     std::vector<Recalled>& recalled);
  /// Slices of an instance that were due from `from` until the start and have no row.
  [[nodiscard]] result<std::uint64_t> count_missed(const Entry& entry, std::int64_t id, Instant from,
                                                   const store::State& state) const;
  [[nodiscard]] store::PutLife life_now() const;
  /// Whether the API made this device, and it is not about to go.
  [[nodiscard]] bool is_made(std::string_view device) const;
  /// Errors: unknown_id; invalid_field.
  [[nodiscard]] result<void> takes_uploads(const std::string& source, const Projects& projects) const;
  /// Where a device that the API made is read; empty: it has no source.
  [[nodiscard]] std::string source_of(const store::DeviceRecord& device) const;
  /// Before a change that somebody waits for: whoever answers calls does not wait for the disk. Errors: io.
  [[nodiscard]] result<void> has_room() const;
  /// Looks at the footage that an instance needs the length of. Not under the lock: it reads files.
  void measure(const InstanceSpec& spec, plant::MeasuredFootage& footage) const;
  result<void> know_devices(const InstanceSpec& spec, plant::MeasuredFootage& footage);
  /// Its length was not asked for before, or more pictures have been uploaded since.
  result<void> measure_again(DeviceIx device, plant::MeasuredFootage& footage);
  result<void> know_device(const std::string& id, const std::string& region, const std::string& source,
                           plant::MeasuredFootage* footage);
  /// Where a device is read that is new to the roster; empty: nowhere.
  [[nodiscard]] std::string source_of_new(const std::string& device) const;
  /// See reload.
  result<void> take_fleet(std::vector<FleetDevice> fleet);
  /// Of devices that are gone from the fleet.
  void drop_orphaned_switches();
  /// Errors: see reload.
  [[nodiscard]] result<void> check_fleet(const std::vector<FleetDevice>& fleet) const;
  /// The first of the instances that uses each of these devices.
  [[nodiscard]] std::map<DeviceIx, std::int64_t> users_of(const std::set<DeviceIx>& devices) const;
  /// Whether know_device would take it. Errors: those of its URL; unsupported.
  [[nodiscard]] result<void> check_device(const std::string& id, const std::string& source) const;
  [[nodiscard]] bool uses(const Entry& entry, std::string_view device) const;
  /// What its devices that were not removed cost.
  [[nodiscard]] std::int64_t acu_of(const Entry& entry) const;
  /// The removal of devices is durable, or has failed.
  void leave(std::int64_t id, const std::vector<DeviceIx>& gone, bool is_durable);
  /// A deletion is durable.
  void forget(std::int64_t id);
  /// Nothing of a deleted instance is under way any more.
  void instance_ended(InstanceIx ix);
  /// A device is no longer known by its id; its number is idle once no instance lists it.
  void forget_device(std::string_view id);
  /// Under the lock.
  void reclaim_devices();
  /// One of the devices of an instance that it still has.
  struct Use {
    std::int64_t instance = 0;
    const Entry* entry = nullptr;
    DeviceIx device;
  };
  [[nodiscard]] std::vector<Use> uses_of(const std::set<DeviceIx>& devices) const;
  /// In the instances of these projects.
  [[nodiscard]] std::vector<Use> using_any(const std::set<std::string>& ids, const Projects& projects) const;
  /// Tells an instance of those of its devices that were removed, and whose streams were switched.
  void tell_switched(const Entry& entry);
  [[nodiscard]] InstanceView view(std::int64_t id, const Entry& entry) const;
  [[nodiscard]] const Entry* seen(std::int64_t id, const Projects& projects) const;
  /// See StatusFacts.
  void has_begun(InstanceIx ix);
  void slice_due(const SliceKey& key, Duration planned);
  void slice_ended(const SliceRow& row, std::string_view line);
  void found(const Sample& sample, const media::Frame& frame, const std::vector<vision::Box>& boxes);
  void report(const Error& error, const plant::ProblemSubject& about = {}) const;
  /// Whether the service goes on, see must_begin_anew.
  bool report_clock(const plant::ClockMove& move, Instant at);
  /// Of instances that were made while the clock was ahead nothing is due until it is where it was.
  void report_lost_log(const store::State& state) const;
  void report_made_later(const store::State& state) const;
  /// Devices of the fleet file and what is wrong with their sources.
  void report_unreadable(const std::vector<std::pair<std::string, Error>>& sources) const;
  /// Devices that nobody made: a slip of the pen looks the same.
  void report_demo(const std::vector<std::string>& devices) const;
  void report_committed(Duration took, const result<store::Committed>& outcome);
  /// Counts what is stored now; what was found before a restart has its picture already.
  void report_findings(std::span<const store::Change> changes, std::span<const std::size_t> repeated);
  void report_refused(const Error& error) const;
  void report_lost_picture(const Error& error) const;
  void report_behind(bool is_behind, std::size_t waiting) const;

  Settings settings_;
  Observers observers_;
  std::vector<std::unique_ptr<EventSink>> sinks_;
  std::atomic<bool> store_works_ = false;  ///< as its last commit showed
  std::atomic<bool> probing_ = false;
  std::atomic<bool> begins_anew_ = false;
  StoreLock lock_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<PictureFolder> pictures_;
  std::unique_ptr<UploadFolder> uploads_;
  std::unique_ptr<Analysis> analysis_;
  mutable std::mutex mutex_;  ///< guards all below, and writing to the roster
  std::map<std::int64_t, Entry> instances_;
  std::vector<std::int64_t> id_of_;  ///< by InstanceIx
  mutable std::mutex begun_mutex_;
  std::vector<bool> begun_;  ///< by InstanceIx, see StatusFacts; guarded by begun_mutex_
  std::map<std::string, store::DeviceRecord, std::less<>> devices_;  ///< that the API made
  /// Whether a stream is pulled, by device and project of the instance, where that was switched.
  std::map<std::string, std::map<std::string, bool, std::less<>>, std::less<>> switched_;
  std::set<std::string, std::less<>> dropping_;  ///< of those: whose deletion is not durable yet
  std::map<std::string, std::uint64_t, std::less<>> durable_in_;  ///< instances by project
  std::int64_t last_id_ = 0;
  std::set<InstanceIx> ending_;      ///< deleted, and not reclaimed yet
  std::set<DeviceIx> idle_devices_;  ///< that no instance may list any more
  std::chrono::steady_clock::time_point devices_reclaimed_;
  struct Ended {
    InstanceIx ix;
    std::chrono::steady_clock::time_point at;
  };
  std::mutex ended_mutex_;
  std::vector<Ended> ended_;                          ///< guarded by ended_mutex_
  Instant began_at_{};                                ///< until then the store tells what was due
  Instant noted_alive_{};                             ///< by now(); of note_alive's caller alone
  std::chrono::steady_clock::time_point noted_when_;  ///< the same by the steady clock
  bool recovering_ = false;
  bool is_recovered_ = false;
  std::unique_ptr<store::CommitQueue> commits_;  ///< ended after the recorder: what waits is still committed
  std::unique_ptr<Recorder> recorder_;
};

}  // namespace camfleet::service
