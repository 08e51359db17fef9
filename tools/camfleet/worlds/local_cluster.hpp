#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/cluster/admission.hpp"
#include "runtime/cluster/finding_frames.hpp"
#include "runtime/cluster/result_receiver.hpp"
#include "runtime/cluster/scheduler_end.hpp"
#include "runtime/plant/problem_log.hpp"
#include "simulator/fault.hpp"
#include "tools/camfleet/worlds/link_relay.hpp"
#include "tools/camfleet/worlds/local_node.hpp"
#include "tools/camfleet/worlds/process_faults.hpp"
#include "tools/camfleet/worlds/run_clock.hpp"

namespace camfleet::cli {

/// Node processes of this machine for one run: with keys of their own in a folder that goes with them, at
/// ports of loopback. A process that ends before the run does is a problem of the run, unless a fault has
/// ended it.
class LocalCluster {
 public:
  struct Settings {
    unsigned threads = 1;                ///< of each, which are its ACU
    std::vector<std::string> arguments;  ///< of each beside what joining wants
    /// Those of nodes and links that befall the run, by the roster's numbers. They outlive it.
    std::span<const sim::Fault> faults;
  };
  /// All of it outlives it.
  struct Parts {
    Roster* roster;
    plant::ProblemLog* problems;
    const RunClock* clock;
    /// Gets what nodes have found, on one thread.
    std::function<void(const cluster::Found& found)> found;
  };
  /// What the run knows of a process once it has ended.
  struct Ended {
    std::string name;
    Duration cpu{0};  ///< from begin() on
  };

  /// Makes the keys of the roster's nodes. Errors: io, limit.
  static result<std::unique_ptr<LocalCluster>> make(const Settings& settings, const Parts& parts);
  ~LocalCluster();

  /// Of the scheduler's process as it is; another one after each scheduler_begins().
  [[nodiscard]] shells::Border& border() { return scheduler_->end; }
  void instance_ended(InstanceIx instance) { scheduler_->end.instance_ended(instance); }
  /// What a slice came to there is known.
  void slice_left(const SliceKey& key, Place place) {
    scheduler_->end.stored(node_at(place), {key.instance, key.device, key.due_at});
  }

  /// Starts the processes, and waits until all of them are there; `must_stop` ends that, and later waits.
  /// Errors: io, limit; ended: one of them has, or it was stopped; timed_out.
  result<void> start(cluster::SchedulerEnd::World world, std::function<bool()> must_stop);
  /// Time has begun: returns when all have joined, or some seconds have passed.
  void begin();
  /// Notes processes that have ended.
  void look();
  /// Does to a node's process what a fault does. Errors: limit: it cannot be started.
  result<void> act(const ProcessAction& action);
  /// Its connections end, calls are refused, and nothing is delivered any more.
  void scheduler_ends();
  /// It is there again, with nothing of what it was; nobody comes before listen().
  void scheduler_begins();
  /// At the ports that it had. Errors: io.
  result<void> listen(cluster::SchedulerEnd::World world);
  /// Ends them at once: for who ends without its destructors.
  void abandon();
  /// Ends them, once what they have found is here: those that a fault has ended are started for that. What
  /// is not through when it must stop is a problem of the run.
  std::vector<Ended> stop();

 private:
  struct Node {
    LocalNode process;
    bool may_end = false;  ///< a fault has ended it, or is about to
  };
  /// What ends with the scheduler's process.
  struct Scheduler {
    Scheduler(Roster& roster, std::mutex& writing);
    cluster::Admission admission;
    cluster::SchedulerEnd end;
    std::unique_ptr<cluster::ResultReceiver> receiver;
  };

  LocalCluster(Settings settings, const Parts& parts);
  result<void> make_keys();
  result<void> open_relay();
  result<void> spawn(NodeIx node);
  [[nodiscard]] bool has_fault(std::initializer_list<sim::FaultKind> kinds) const;
  /// Until it is so, for some seconds at most.
  void await(const std::function<bool()>& is_so) const;
  [[nodiscard]] bool is_connected(const std::string& name) const;
  void bring_back();
  void take(const std::string& node, const cluster::Result& result);

  Settings settings_;
  Parts parts_;
  std::filesystem::path folder_;
  link::OwnKeys own_;
  link::NodeList list_;
  std::mutex writing_;
  std::unique_ptr<Scheduler> scheduler_;
  std::uint16_t port_ = 0;  ///< once it listens; this and the next
  std::uint16_t results_port_ = 0;
  /// Up to which number the findings of a spool are here, whatever becomes of the scheduler.
  std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> taken_;
  std::unique_ptr<LinkRelay> relay_;
  std::function<bool()> must_stop_;
  std::vector<Node> nodes_;
};

}  // namespace camfleet::cli
