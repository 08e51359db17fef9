#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "actors/base/ids.hpp"
#include "actors/base/time.hpp"
#include "simulator/fault.hpp"

namespace camfleet::cli {

/// What is to be done to a process.
struct ProcessAction {
  enum class Kind : std::uint8_t {
    kill,  ///< of a node; what else it was to do does not matter any more
    stop,  ///< it stands still
    go_on,
    drain,  ///< it is told to end
    start,
    end_scheduler,
    begin_scheduler
  };
  Kind kind = Kind::kill;
  NodeIx node{};
  friend bool operator==(const ProcessAction&, const ProcessAction&) = default;
};

/// When the faults of nodes and of the scheduler do what to real processes; those of links are the relay's.
/// Faults of one process may overlap, and do what they do in the virtual world: a process that is down begins
/// anew once all that keep it down are over, and one that begins while another fault has it stand still does
/// not stand still.
class ProcessFaults {
 public:
  /// Those of `faults` that befall a process.
  ProcessFaults(std::uint32_t nodes, std::span<const sim::Fault> faults);

  /// What is to be done by now and was not asked for yet, in order.
  std::vector<ProcessAction> take_due(Instant now);
  /// When there is more to do; none: never.
  [[nodiscard]] std::optional<Instant> next() const;
  [[nodiscard]] bool empty() const { return edges_.empty(); }

 private:
  /// A drained process that is there still at `gives_up` is killed.
  enum class Edge : std::uint8_t { ends, gives_up, begins };
  struct Entry {
    Instant at{};
    Edge edge = Edge::begins;
    sim::FaultKind kind = sim::FaultKind::node_crash;
    NodeIx node{};
    std::size_t fault = 0;  ///< its number
  };
  struct Node {
    std::uint32_t downs = 0;        ///< faults that keep it down
    std::set<std::size_t> stops{};  ///< that keep it still
  };

  void apply(const Entry& entry, std::vector<ProcessAction>& actions);
  void apply_hang(const Entry& entry, std::vector<ProcessAction>& actions);
  void apply_down(const Entry& entry, std::vector<ProcessAction>& actions);

  std::vector<Entry> edges_;
  std::size_t next_ = 0;
  std::vector<Node> nodes_;
  std::uint32_t scheduler_downs_ = 0;
};

}  // namespace camfleet::cli
