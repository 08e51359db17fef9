#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "actors/base/error.hpp"
#include "actors/base/ids.hpp"
#include "actors/base/time.hpp"
#include "actors/ledger/ledger.hpp"
#include "actors/plan/roster.hpp"

namespace camfleet::sim {

enum class FaultKind : std::uint8_t {
  disconnect,         ///< the connection breaks, and opening is refused until it is over
  freeze,             ///< no frame comes until it is over; a reader gives up after its stall limit
  slow_connect,       ///< opening takes `by` longer
  corrupt,            ///< frames come that cannot be decoded
  black,              ///< pictures are black
  burst,              ///< packets come together, once a second
  late_key,           ///< who connects gets no key frame before the next group of pictures
  wrong_stamps,       ///< the stream's own time stands still and goes back
  resize,             ///< pictures have half their width and height
  node_crash,         ///< the node's process ends, and begins anew when it is over
  node_hang,          ///< the node's process stands still, and goes on as if nothing had been
  node_slow,          ///< what the node analyses takes `times` as long
  node_drain,         ///< the node's process is told to end, does so in order, 30 s later at the latest, and
                      ///< begins anew when it is over
  link_delay,         ///< messages between the node and the scheduler take `by` longer
  link_cut,           ///< no message between them arrives until it is over
  scheduler_restart,  ///< the scheduler's process ends, with all that is in it, and begins anew when it is
                      ///< over
  clock_forward,      ///< the clock is put forward by the fault's length
  clock_back,         ///< the clock is put back by it
  store_slow,         ///< the scheduler's store takes `by` longer to write
  store_full,         ///< it takes nothing more until it is over
};
inline constexpr std::array<std::string_view, 20> fault_names{
    "disconnect", "freeze",       "slow_connect", "corrupt",           "black",         "burst",
    "late_key",   "wrong_stamps", "resize",       "node_crash",        "node_hang",     "node_slow",
    "node_drain", "link_delay",   "link_cut",     "scheduler_restart", "clock_forward", "clock_back",
    "store_slow", "store_full"};

/// Whom a fault befalls.
enum class Victim : std::uint8_t { camera, node, scheduler };
constexpr Victim victim_of(FaultKind kind) {
  if (kind < FaultKind::node_crash) return Victim::camera;
  return kind < FaultKind::scheduler_restart ? Victim::node : Victim::scheduler;
}

/// What a scenario says of faults: one at an instant, or `draw` of them from the seed.
struct FaultRule {
  std::uint32_t number =
      0;  ///< in the scenario's list: what is drawn depends on it, and not on who is left out
  Victim victim = Victim::camera;
  std::string pattern;           ///< over the ids of devices or nodes
  std::vector<FaultKind> kinds;  ///< one is drawn of several
  std::uint32_t draw = 0;        ///< 0: at `at`, of every device that the pattern matches
  Instant at{};
  Duration least{0};  ///< how long, in [least, most]
  Duration most{0};
  Duration by = seconds(5);
  std::uint32_t times = 4;
};

/// One fault of one device or node, in [from, to).
struct Fault {
  DeviceIx device;
  FaultKind kind = FaultKind::disconnect;
  Instant from{};
  Instant to{};
  Duration by{0};
  NodeIx node{};
  std::uint32_t times = 1;
};

inline constexpr std::size_t max_faults = 1'000'000;
inline constexpr Duration max_clock_jumps = hours(24 * 7);
inline constexpr Duration max_store_fault = hours(24 * 7);

/// Reads `faults` of a scenario. Errors: invalid_field with the path.
result<std::vector<FaultRule>> read_faults(const nlohmann::json& list);

/// Every fault of a run in [from, until): those of cameras by device and time, then those of nodes by node
/// and time, then those of the scheduler. Drawn ones depend on the seed alone. Errors: limit: too
/// many; the clock is put forward or back by more than max_clock_jumps in all, or the store is slow or full
/// for more than max_store_fault.
result<std::vector<Fault>> draw_faults(const std::vector<FaultRule>& rules, const Roster& roster,
                                       std::uint64_t seed, Instant from, Instant until);

/// For SliceRow::detail: the last fault of its camera that befell a slice which got no pictures, or bad ones;
/// empty: there was none. `of_device` in the order of draw_faults.
std::string fault_detail(std::span<const Fault> of_device, const SliceRow& row);

/// The order that draw_faults gives.
void sort_faults(std::vector<Fault>& faults);

/// True when `text` matches; `*` in the pattern stands for any characters.
bool matches(std::string_view pattern, std::string_view text);

}  // namespace camfleet::sim
