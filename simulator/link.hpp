#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "actors/base/ids.hpp"
#include "actors/base/time.hpp"
#include "simulator/fault.hpp"

namespace camfleet::sim {

/// The connections between the scheduler's process and each node: they delay, and what is sent first arrives
/// first. A cut holds everything until it is over, as TCP does that sends again.
class Links {
 public:
  /// Of the faults, link_delay and link_cut count.
  Links(std::uint32_t nodes, Duration delay, std::span<const Fault> faults);

  /// When a message that is sent now arrives; of `from` and `to` one is home.
  Instant arrival(Place from, Place to, Instant now);

  /// Nothing that is said now gets through.
  [[nodiscard]] bool is_cut(NodeIx node, Instant now) const;

  /// The clock is put forward or back: what is on its way takes as long as before.
  void jump(Duration by);

 private:
  Duration delay_;
  std::vector<std::vector<Fault>> faults_;  ///< by node
  std::vector<Instant> last_;               ///< arrival, by node and direction
};

}  // namespace camfleet::sim
