#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/world/real_world.hpp"
#include "simulator/found_once.hpp"
#include "simulator/node_loads.hpp"
#include "simulator/stored_run.hpp"
#include "tools/camfleet/cli/signals.hpp"
#include "tools/camfleet/worlds/local_cluster.hpp"
#include "tools/camfleet/worlds/process_faults.hpp"
#include "tools/camfleet/worlds/run_clock.hpp"
#include "tools/camfleet/worlds/stage.hpp"

namespace camfleet::cli {

/// One run of a scenario in the real world: in this process, or with it as the scheduler's of a cluster. A
/// fault that ends the scheduler's process ends all that is in it, and leaves what would be in a store: the
/// ledger, and what was found.
class RealRun {
 public:
  /// Of the whole, once it is over.
  struct Totals {
    std::uint64_t messages = 0;
    Duration work{0};  ///< CPU of decoding and inference in this process
    Instant ended_at{};
    bool has_failed = false;  ///< a handler threw
    std::uint64_t answers_dropped = 0;
  };
  /// All of it outlives it.
  struct Parts {
    const sim::Scenario* scenario;
    const RunOptions* options;
    Stage* stage;
    RunReport* report;
    RunClock* clock;        ///< null: it has no nodes; this and the next
    LocalCluster* cluster;  ///< its nodes
  };

  explicit RealRun(const Parts& parts);

  /// Has its nodes come; `signals` outlive it. Errors: see LocalCluster.
  result<void> gather(SignalWatch& signals);
  /// Until every slice is accounted for, or a signal or an error ends it: then all is accounted for too.
  /// Errors: io, limit: a process does not begin anew.
  result<void> run(SignalWatch& signals, const RunProgress& progress);

  void take(const cluster::Found& found);
  [[nodiscard]] const Totals& totals() const { return totals_; }
  /// From a sample's instant until it was analysed, in this process.
  [[nodiscard]] const Delays& delays() const { return delays_; }
  /// What each of its nodes had to do; none where it has no nodes.
  [[nodiscard]] std::vector<sim::NodeUse> nodes();

 private:
  void make_world(Instant start);
  world::RealWorld::Settings settings_at(Instant start) const;
  world::RealWorld::Hooks hooks();
  cluster::SchedulerEnd::World world_of_cluster();
  /// Devices are placed when all nodes are there, not on the first that comes.
  void begin_cluster();
  /// One round of its loop. Errors: see run().
  result<void> look(SignalWatch& signals, const RunProgress& progress);
  void stop(int signal);
  result<void> befall();
  void end_scheduler();
  result<void> begin_scheduler();
  /// Sums up what ends with the world.
  void end_world();
  void wind_up();
  /// For the next look at signals.
  [[nodiscard]] Duration patience() const;
  /// What has come while others waited, or comes within `span`; 0: none.
  int next_signal(SignalWatch& signals, Duration span);
  /// Hears of what is due, ends and moves, for a scheduler that begins anew.
  void keep_records();
  void take(const cluster::NodeReports::Trouble& trouble);
  void note_lost_frames();

  Parts parts_;
  std::atomic<bool> idle_ = false;
  std::optional<std::chrono::steady_clock::time_point> give_up_;  ///< once a signal has come
  int signal_ = 0;                                                ///< that has come while others waited
  std::mutex findings_mutex_;
  std::mutex found_mutex_;
  sim::FoundOnce found_once_;
  std::vector<LocalCluster::Ended> processes_;
  Duration lasted_{0};  ///< of real time
  std::mutex loads_mutex_;
  sim::NodeLoads loads_;
  std::atomic<std::uint64_t> answers_dropped_ = 0;
  std::mutex stored_mutex_;
  sim::StoredRun stored_;
  ProcessFaults faults_;
  Delays delays_;
  Totals totals_;
  std::optional<world::RealWorld> world_;  ///< none: the scheduler's process is not there
};

}  // namespace camfleet::cli
