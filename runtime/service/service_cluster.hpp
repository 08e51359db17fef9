#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/plan/capacity.hpp"
#include "runtime/cluster/admission.hpp"
#include "runtime/cluster/result_receiver.hpp"
#include "runtime/cluster/scheduler_end.hpp"
#include "runtime/store/store.hpp"

namespace camfleet::service {

/// The nodes of a service whose devices are on several machines: who may come, who has ever come, what they
/// find, and how they do. Thread-safe.
class ServiceCluster {
 public:
  struct Settings {
    std::string host = "127.0.0.1";  ///< where nodes join
    std::uint16_t port = 0;          ///< 0: any that is free
    std::string results_host;        ///< where they send what they find; empty: `host`
    std::uint16_t results_port = 0;  ///< the same
    std::filesystem::path keys;      ///< see link::ClusterKeys
    bool is_plain = false;           ///< without keys, on loopback alone
  };
  /// On any thread.
  struct Hooks {
    cluster::Admission::Lock lock;  ///< of who writes to the roster
    std::function<void(const std::string& line)> say;
    /// To be made durable; must not wait.
    std::function<void(store::Change change)> put;
    /// What a node has found, as it sent it, to be made durable together with its number; then committed() is
    /// told of it.
    std::function<void(cluster::Result result, const store::SpoolRecord& spool)> found;
    std::function<bool()> takes_more;  ///< see ResultReceiver
  };

  ServiceCluster(Settings settings, Hooks hooks) : settings_(std::move(settings)), hooks_(std::move(hooks)) {}
  ~ServiceCluster() { close(); }
  ServiceCluster(const ServiceCluster&) = delete;
  ServiceCluster& operator=(const ServiceCluster&) = delete;

  /// The way to the nodes of this roster; once, before open().
  shells::Border* border(Roster& roster);
  /// Lets nodes in from now on: those of the keys' list. `models`: see Admission; `nodes` and `spools` are
  /// what the store knows. Errors: of the keys; io: a port is taken.
  result<void> open(cluster::Admission::Models models, const store::State& known,
                    cluster::SchedulerEnd::World world);
  /// Those that the store knows, by the roster's numbers: they may have what runs. Before open(), under the
  /// roster's lock. Errors: limit.
  static result<std::vector<NodeIx>> recall(const store::State& known, Roster& roster);
  /// Nothing is delivered any more, and nothing is taken.
  void close();

  [[nodiscard]] std::uint16_t port() const { return end_->port(); }
  [[nodiscard]] std::uint16_t results_port() const { return receiver_->port(); }
  /// Reads the list of keys again: who is in it no longer leaves at once, and is known no longer. How many
  /// are in it. Errors: of the keys; nothing has changed then.
  result<std::size_t> reload();
  /// What was found is durable up to this number.
  void committed(const store::SpoolRecord& spool);
  void instance_ended(InstanceIx instance) { end_->instance_ended(instance); }
  /// A slice has left this node, which keeps what it came to there until its row is stored.
  void slice_left(const store::SliceName& name, NodeIx node, const SliceKey& key);
  void slice_stored(const store::SliceName& name);

  /// The devices of `spec` are in the roster, which nobody writes to meanwhile. Errors: limit: all nodes that
  /// have ever come can together never carry this instance; model: none of them has an algorithm of it;
  /// unsupported: none of them reaches a device of it and has its algorithms. With none known everything is
  /// taken, which is said.
  [[nodiscard]] result<void> check(const InstanceSpec& spec, const Costs& costs, const Roster& roster) const;
  /// Those who have come, now or ever, by name; what is measured of those alone that are there.
  [[nodiscard]] std::vector<cluster::NodeStatus> nodes() const;

 private:
  cluster::SchedulerEnd::Admission admit(const std::string& name, const cluster::Hello& hello);
  /// Errors: of the keys.
  [[nodiscard]] result<link::NodeList> list() const;
  result<void> listen(const link::OwnKeys& own, const link::NodeList& list,
                      cluster::SchedulerEnd::World world);
  /// For who has the lock.
  [[nodiscard]] result<void> check_reach(const InstanceSpec& spec, const Roster& roster) const;
  /// Forgets who is in the list no longer.
  void drop_unlisted(const link::NodeList& list);
  bool take(const std::string& node, std::uint64_t spool, cluster::Result result);
  [[nodiscard]] std::uint64_t last_of(const std::string& node, std::uint64_t spool) const;

  Settings settings_;
  Hooks hooks_;
  std::unique_ptr<cluster::Admission> admission_;
  std::unique_ptr<cluster::SchedulerEnd> end_;
  mutable std::mutex mutex_;                   ///< guards all below
  std::set<std::string, std::less<>> listed_;  ///< as the list was read last
  std::map<std::string, store::NodeRecord, std::less<>> known_;
  std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> spools_;
  std::unique_ptr<cluster::ResultReceiver> receiver_;
  /// Slices whose rows are on their way to the store.
  std::map<store::SliceName, std::pair<NodeIx, SliceStored>, store::SliceNameOrder> ended_;
};

}  // namespace camfleet::service
