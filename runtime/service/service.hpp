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

#include "actors/machines/recovery.hpp"
#include "runtime/api/backend.hpp"
#include "runtime/service/changes.hpp"
#include "runtime/service/device_registry.hpp"
#include "runtime/service/instance_table.hpp"
#include "runtime/service/picture_folder.hpp"
#include "runtime/service/recorder.hpp"
#include "runtime/service/reporter.hpp"
#include "runtime/service/service_cluster.hpp"
#include "runtime/service/service_world.hpp"
#include "runtime/service/slice_nodes.hpp"
#include "runtime/service/store_lock.hpp"
#include "runtime/service/stream_switches.hpp"
#include "runtime/service/upload_folder.hpp"
#include "runtime/store/commit_queue.hpp"

namespace camfleet::service {

/// Compute instances that are kept in a store and followed until they are deleted. Thread-safe.
///
/// Each part has a lock of its own; who needs several takes that of the devices before that of the instances.
class Service final : public api::Backend {
 public:
  struct Settings {
    ServiceWorld::Settings world;
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
    Costs costs{};                                    ///< of AcuUsed
    std::optional<ServiceCluster::Settings> cluster;  ///< devices are on its nodes; none: here
    /// Of what was due while no service was there: how long after it ended slices are written off one by one.
    Duration settle = usual_settle;
  };

  /// Opens the store and goes on from it. Errors: those of the store, the catalogue and the folder; live
  /// sources in a rehearsal; those of check_life.
  static result<std::unique_ptr<Service>> start(Settings settings, const Observers& observers);
  ~Service() override;

  void create(const std::string& project, const Projects& projects, const nlohmann::json& fields,
              std::function<void(const result<Created>&)> done) override;
  void remove(const std::vector<std::int64_t>& ids, const Projects& projects, Done done) override;
  void remove_devices(std::int64_t id, const std::vector<std::string>& devices, bool whole,
                      const Projects& projects, Done done) override;
  [[nodiscard]] std::pair<std::vector<api::InstanceView>, std::uint64_t> list(
      const Filter& filter) const override;
  [[nodiscard]] std::vector<std::int64_t> ids(const Projects& projects,
                                              std::string_view device) const override;
  [[nodiscard]] result<api::InstanceView> find(std::int64_t id, const Projects& projects) const override;
  void add_device(const store::DeviceRecord& device, Done done) override;
  void drop_devices(const std::vector<std::string>& ids, const Projects& projects, Done done) override;
  [[nodiscard]] std::vector<store::DeviceRecord> devices(const Projects& projects) const override;
  [[nodiscard]] result<std::optional<DeviceKind>> ask_source(const media::SourceUrl& url) const override;
  result<std::string> upload(const std::string& source, const Projects& projects, std::string_view name,
                             std::string_view picture) override;
  void switch_streams(const std::vector<std::string>& ids, bool on, const Projects& projects,
                      Done done) override;
  result<store::SlicePage> slices(const store::Query& query) override { return store_->slices(query); }
  result<store::Page<store::FindingRecord>> findings(const store::Query& query) override {
    return store_->findings(query);
  }
  result<std::optional<store::FindingRecord>> finding(std::int64_t id) override {
    return store_->finding(id);
  }
  [[nodiscard]] result<std::string> picture(std::string_view name) const override {
    return pictures_->read(name);
  }
  [[nodiscard]] Instant now() const override { return world_->now(); }
  [[nodiscard]] const std::string& zone() const override { return settings_.zone; }
  [[nodiscard]] std::string node_of(const store::SliceName& slice) const override;
  [[nodiscard]] result<std::vector<api::NodeView>> nodes() const override;
  result<void> drain_node(const std::string& name) override;
  [[nodiscard]] const Roster& roster() const override { return std::as_const(*world_).roster(); }
  [[nodiscard]] result<void> ready() override;
  void measure() const override;

  /// Replaces the fleet, or changes nothing: new devices join, those that are gone are no longer known, and
  /// one that no instance uses may have another source. Errors: unknown_id: a device that an instance uses is
  /// gone; invalid_field: its source changed, or the API made a device of that id; limit: more devices than
  /// a process can have; those of a URL.
  result<void> reload(std::vector<FleetDevice> fleet);

  /// Of a cluster: reads the list of its nodes again; how many are in it. Errors: see ServiceCluster::reload.
  result<std::size_t> reload_nodes();
  /// Null: it has none.
  [[nodiscard]] const ServiceCluster* cluster() const { return cluster_.get(); }

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

  /// Waits until every change that was asked for before is durable or has failed, and its `done` was called.
  void settle() { commits_->flush(); }

 private:
  using Entry = InstanceTable::Entry;
  /// In this order: of the devices, and with them of writing to the roster; of the instances.
  using Locks = std::pair<std::unique_lock<std::mutex>, std::unique_lock<std::mutex>>;

  Service(Settings settings, const Observers& observers);
  result<void> open();
  ServiceWorld::Sinks sinks();
  void make_cluster();
  /// Streams that are open on nodes.
  [[nodiscard]] std::size_t measure_nodes() const;
  result<void> open_cluster(const store::State& known);
  /// What is over of slices that had moved.
  void recall_parts(const store::State& state, const Recovery& recovery);
  /// Nothing is placed before the nodes that may have what runs are there. Errors: limit.
  result<void> await_nodes(const store::State& known);
  void follow_nodes(ServiceWorld::Sinks& sinks);
  [[nodiscard]] std::unique_ptr<store::CommitQueue> make_commits();
  [[nodiscard]] Recorder::Hooks recorder_hooks();

  // How it goes on from its store.
  result<void> recover();
  /// What the store holds now, after what a clock that was ahead made of it was taken back.
  result<store::State> load_state(Instant now);
  /// Puts the instances into the roster: what is known of each, with nothing of its slices yet. Errors: a
  /// stored instance that cannot be followed.
  result<std::vector<StoredInstance>> take_over_all(const store::State& state);
  result<StoredInstance> take_over(const store::InstanceRecord& record,
                                   const std::vector<std::string>& removed, plant::SourceFacts& facts);
  /// One that was deleted, of which slices are open; none: it cannot be had any more, which is reported.
  std::optional<StoredInstance> take_over_ended(const store::InstanceRecord& record);
  /// Adds what is known of their slices.
  void recall_slices(const store::State& state, std::vector<StoredInstance>& stored) const;
  /// The rows of slices that nobody goes on with; instances that were deleted are through then.
  void close_cancelled(const Recovery& recovery, const std::vector<StoredInstance>& stored);
  /// The row of each span that is to be written, or written anew.
  result<std::vector<store::Change>> write_off_spans(const store::State& state, const Recovery& recovery,
                                                     const RecoverySettings& settings);
  /// Slices of an instance that were due from the beginning of its span until `now` and have no row.
  [[nodiscard]] result<std::uint64_t> count_missed(const AddInstance& added, const store::State& state,
                                                   Instant now) const;
  [[nodiscard]] store::PutLife life_now() const;

  [[nodiscard]] Locks locks() const;
  [[nodiscard]] DeviceRegistry::UsersOf users() const;
  /// Errors: model: one whose files are missing.
  [[nodiscard]] result<void> check_algorithms(const InstanceSpec& spec) const;
  /// Of devices that are gone from the fleet.
  void drop_orphaned_switches();
  /// Under both locks: of these devices, in the durable instances of these projects.
  [[nodiscard]] std::vector<InstanceTable::Use> uses_of(const std::set<std::string>& ids,
                                                        const Projects& projects) const;
  /// Tells an instance of those of its devices that were removed, and whose streams were switched.
  void tell_switched(const Entry& entry);
  /// A deletion is durable, or has failed.
  void end_removal(std::int64_t id, bool is_durable);
  /// Errors: unknown_id: one that the instance does not have.
  [[nodiscard]] result<std::vector<DeviceIx>> devices_to_remove(
      const Entry& entry, std::int64_t id, const std::vector<std::string>& devices) const;
  /// The removal of devices is durable, or has failed.
  void leave(std::int64_t id, const std::vector<DeviceIx>& gone, bool is_durable);
  /// Nothing of a deleted instance is under way any more.
  void instance_ended(InstanceIx ix);

  void slice_due(const SliceKey& key, Duration planned);
  void slice_ended(const SliceRow& row, std::string_view line);
  void found(const Sample& sample, const media::Frame& frame, const std::vector<vision::Box>& boxes);
  void node_found(cluster::Result result, const store::SpoolRecord& spool);
  void node_trouble(const cluster::NodeReports::Trouble& trouble);
  /// Errors: corrupt: what no node could have found.
  [[nodiscard]] result<void> check_names(const cluster::Finding& finding) const;
  /// Whether the service goes on, see must_begin_anew.
  bool clock_moved(const timing::ClockMove& move, Instant at);
  /// Counts what is stored now; what was found before a restart has its picture already, and what was not
  /// stored has none.
  void stored(std::span<const store::Change> changes, const store::Committed& committed);
  void finding_stored(const store::FindingRecord& finding, bool is_repeated, bool is_orphaned);
  [[nodiscard]] store::SliceName name_of(const SliceKey& key) const;

  Settings settings_;
  Reporter reporter_;
  std::atomic<bool> store_works_ = false;  ///< as its last commit showed
  std::atomic<bool> probing_ = false;
  std::atomic<bool> begins_anew_ = false;
  StoreLock lock_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<PictureFolder> pictures_;
  std::unique_ptr<UploadFolder> uploads_;
  std::unique_ptr<ServiceCluster> cluster_;
  SliceNodes slice_nodes_;  ///< of a cluster
  std::unique_ptr<ServiceWorld> world_;
  std::unique_ptr<DeviceRegistry> devices_;
  std::unique_ptr<InstanceTable> instances_;
  StreamSwitches switches_;
  struct Ended {
    InstanceIx ix;
    std::chrono::steady_clock::time_point at;
  };
  std::mutex ended_mutex_;
  std::vector<Ended> ended_;                          ///< deleted, and through; guarded by ended_mutex_
  std::set<InstanceIx> ending_;                       ///< deleted, and not released yet; the instances' lock
  Instant noted_alive_{};                             ///< by now(); of note_alive's caller alone
  std::chrono::steady_clock::time_point noted_when_;  ///< the same by the steady clock
  bool recovering_ = false;
  bool is_recovered_ = false;
  std::unique_ptr<store::CommitQueue> commits_;  ///< ended after the recorder: what waits is still committed
  std::unique_ptr<Recorder> recorder_;
  std::optional<Changes> changes_;
};

}  // namespace camfleet::service
