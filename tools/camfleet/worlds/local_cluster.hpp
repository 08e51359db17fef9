#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <sys/types.h>

#include "actors/base/error.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/cluster/admission.hpp"
#include "runtime/cluster/finding_frames.hpp"
#include "runtime/cluster/result_receiver.hpp"
#include "runtime/cluster/scheduler_end.hpp"
#include "runtime/plant/problem_log.hpp"

namespace camfleet::cli {

/// Node processes of this machine for one run: with keys of their own in a folder that goes with them, at
/// ports of loopback. A process that ends before the run does is a problem of the run.
class LocalCluster {
 public:
  struct Settings {
    std::uint32_t nodes = 1;
    unsigned threads = 1;                ///< of each, which are its ACU
    std::vector<std::string> arguments;  ///< of each beside what joining wants
  };
  /// All of it outlives it.
  struct Parts {
    Roster* roster;
    plant::ProblemLog* problems;
    /// Gets what nodes have found, on one thread.
    std::function<void(const cluster::Found& found)> found;
  };
  /// What the run knows of a process once it has ended.
  struct Ended {
    std::string name;
    Duration cpu{0};  ///< from begin() on
  };

  /// Makes the keys, and the nodes of the roster. Errors: io, limit.
  static result<std::unique_ptr<LocalCluster>> make(const Settings& settings, const Parts& parts);
  ~LocalCluster();

  [[nodiscard]] shells::Border& border() { return end_; }
  void instance_ended(InstanceIx instance) { end_.instance_ended(instance); }
  /// What a slice came to there is known.
  void slice_left(const SliceKey& key, Place place) {
    end_.stored(node_at(place), {key.instance, key.device, key.due_at});
  }

  /// Starts the processes, and waits until all of them are there; `must_stop` ends that. Errors: io, limit;
  /// ended: one of them has, or it was stopped; timed_out.
  result<void> start(cluster::SchedulerEnd::World world, const std::function<bool()>& must_stop);
  /// Time has begun: returns when all have joined, or some seconds have passed.
  void begin();
  /// Notes processes that have ended.
  void look();
  /// Ends them at once: for who ends without its destructors.
  void abandon();
  /// Ends them, once what they have found is here.
  std::vector<Ended> stop();

 private:
  struct Process {
    std::string name;
    pid_t pid = -1;  ///< -1: it has ended
    Duration cpu_before{0};
    int status = 0;  ///< as wait() tells it
    Duration cpu{0};
  };

  LocalCluster(const Settings& settings, const Parts& parts);
  result<void> make_keys();
  result<void> spawn(Process& process);
  /// Whether it has ended; waits until then when asked to.
  bool reap(Process& process, bool waits);
  /// How it has ended, and its last line.
  [[nodiscard]] std::string last_words(const Process& process) const;
  void take(const std::string& node, const cluster::Result& result);

  Settings settings_;
  Parts parts_;
  std::filesystem::path folder_;
  std::mutex writing_;
  cluster::Admission admission_;
  cluster::SchedulerEnd end_;
  std::unique_ptr<cluster::ResultReceiver> receiver_;
  std::vector<Process> processes_;
};

}  // namespace camfleet::cli
