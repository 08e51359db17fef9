#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/cluster/ended_slice.hpp"
#include "runtime/cluster/records.hpp"
#include "runtime/link/call.hpp"
#include "runtime/media/registry.hpp"
#include "runtime/plant/engine_set.hpp"
#include "runtime/world/real_world.hpp"

namespace camfleet::cluster {

/// A node, from being let in on: devices and an analyzer that work for the scheduler at the other end, by its
/// time. When the connection ends they go on for a while, see NodeAgent, and over the next one.
class NodeEnd {
 public:
  /// Gets the samples in which something was found, from any thread, several at once, and answers a number
  /// that grows: what counts them is told once durable() has said it. The roster has the ids of what the
  /// sample names.
  using TakeFinding =
      std::function<std::uint64_t(const Roster& roster, const Sample& sample, const media::Frame& frame,
                                  const std::vector<vision::Box>& boxes)>;
  /// All of it outlives the node.
  struct Parts {
    const media::SourceRegistry* sources;
    plant::EngineSet* engines;
    plant::ProblemLog* problems;
    TakeFinding found;
    /// Gets each slice that has ended, and answers a number of those that `found` answers; then those that
    /// need not be kept any longer. Both may be empty.
    std::function<std::uint64_t(EndedSlice slice)> ended{};
    std::function<void(const EndedSlice& slice)> forgotten{};
    /// Of an earlier life of this node, if the scheduler is of that fleet.
    std::vector<EndedSlice> former{};
    std::uint64_t former_fleet = 0;
    /// What heartbeats tell, as far as the connection does not know it; may be empty.
    std::function<NodeLoad()> load{};
  };
  struct Settings {
    link::Call::Settings call;
    Hello hello;
    std::vector<std::string> algorithms;  ///< ids in the order of the engines
    unsigned threads = 1;
    Duration welcome_time = seconds(5);  ///< until the scheduler has answered
  };

  /// Calls until it is in. Errors: those of link::Call::make; forbidden: it is not taken, and would not be
  /// later; limit: it is not taken now; timed_out: the scheduler does not answer.
  static result<std::unique_ptr<NodeEnd>> join(const Settings& settings, const link::OwnKeys& keys,
                                               const Parts& parts);
  /// Ends the connection and all that works.
  ~NodeEnd();

  /// After the connection has ended, calls once more. Errors: those of join; unknown_id: another scheduler
  /// than before, or its time is another: nothing of what works here is of use to it.
  result<void> rejoin(const link::OwnKeys& keys);
  /// A call was refused: there is no scheduler that could give what runs here to others.
  void note_refused();

  /// What the scheduler has answered.
  [[nodiscard]] Welcome welcome() const;
  /// Findings up to this number outlive the process. From any thread.
  void durable(std::uint64_t number);
  /// Tells the scheduler what went wrong at the node. From any thread.
  void tell(const Error& error);

  /// Its process is to end: the scheduler has others go on with what runs here.
  void drain();
  /// The scheduler has nothing begin here any more, as it was asked, or as whoever operates it wants.
  [[nodiscard]] bool is_draining() const;
  /// And nothing runs here any more, as the scheduler knows.
  [[nodiscard]] bool is_drained() const;

  /// Waits until the connection has ended, or for so long. Whether it has.
  [[nodiscard]] bool wait(Duration most);
  /// Why it has ended.
  [[nodiscard]] std::string why() const;

 private:
  class Impl;
  explicit NodeEnd(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace camfleet::cluster
