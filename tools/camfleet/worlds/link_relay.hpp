#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/base/ids.hpp"
#include "simulator/fault.hpp"
#include "tools/camfleet/worlds/run_clock.hpp"

namespace camfleet::cli {

/// Stands between nodes of this machine and their scheduler, and does to what they say to each other what the
/// faults of their links do: what is sent first arrives first, later, or when a cut is over; what a cut holds
/// back fills up the connection, and no more is taken then. Each node has an address of loopback for itself,
/// 127.0.0.2 and on, at which the scheduler's ports are found.
class LinkRelay {
 public:
  struct Settings {
    std::uint32_t nodes = 1;           ///< at most 250
    std::vector<std::uint16_t> ports;  ///< of the scheduler, at 127.0.0.1
    std::span<const sim::Fault> faults;
    const RunClock* clock;  ///< outlives it
  };

  /// Errors: io: a port is taken.
  static result<std::unique_ptr<LinkRelay>> open(const Settings& settings);
  ~LinkRelay();

  /// Where a node finds its scheduler.
  static std::string address_of(NodeIx node) { return "127.0.0." + std::to_string(node.value + 2); }
  /// While the scheduler's process is not there a call is refused, unless it gets no further than a cut. From
  /// any thread.
  void set_there(bool is_there);
  /// No fault befalls a link any more: what was held back arrives. From any thread.
  void heal();

 private:
  class Impl;
  explicit LinkRelay(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace camfleet::cli
