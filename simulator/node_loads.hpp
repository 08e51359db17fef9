#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "actors/base/ids.hpp"
#include "actors/base/time.hpp"
#include "actors/ledger/ledger.hpp"
#include "actors/machines/running_slice.hpp"
#include "actors/plan/capacity.hpp"
#include "actors/plan/roster.hpp"
#include "simulator/sample_costs.hpp"
#include "simulator/summary.hpp"

namespace camfleet::sim {

/// What the processes of a run had to do, by place. Bounded by the
/// fleet and its instances, not by the run.
class NodeLoads {
 public:
  NodeLoads(const Roster& roster, const StreamFormats& formats, const Costs& costs);

  /// A slice runs in a place from `now` on, with the cost of its device.
  void begin(const SliceKey& key, Place place, Instant now);
  /// It ended there, or went on elsewhere, when so many of its samples were accounted for.
  void end(const SliceKey& key, Place place, SampleCount samples, Instant now);
  /// Core time that an analysis took.
  void add_core_time(Place place, Duration time) { processes_[place.number].core_time += time; }
  /// The scheduler's process has ended: what ran is forgotten.
  void forget_running(Instant now);

  /// The nodes' rows after a run that lasted so long; without nodes none.
  [[nodiscard]] std::vector<NodeUse> of_nodes(Duration lasted) const;
  /// The one row of a process that carries everything itself.
  [[nodiscard]] NodeUse of_process(std::string id, std::uint32_t acu, Duration lasted) const;

 private:
  struct Process {
    Duration load{0};  ///< per second, of what runs now
    Duration peak{0};
    Instant changed = Instant::min();
    Duration core_time{0};
    std::uint64_t slices = 0;   ///< that have begun there
    std::uint64_t running = 0;  ///< of those
    SampleCount samples;
    /// What begins as another ends does not run beside it, so a load counts once time has gone on.
    void change(Duration by, Instant now);
  };
  [[nodiscard]] Duration cost_of(const SliceKey& key) const;
  [[nodiscard]] NodeUse row(const Process& process, std::string id, std::uint32_t acu, Duration lasted) const;

  /// Of most instances all devices cost the same.
  struct InstanceCosts {
    Duration of_all{0};
    std::vector<std::pair<DeviceIx, Duration>> by_device;  ///< sorted; empty: all cost the same
  };
  const Roster* roster_;
  std::vector<InstanceCosts> costs_;  ///< by instance
  std::vector<Process> processes_;    ///< by place
};

}  // namespace camfleet::sim
