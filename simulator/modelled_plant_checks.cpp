#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "actors/machines/node_agent.hpp"
#include "actors/plan/lead.hpp"
#include "simulator/modelled_plant.hpp"

namespace camfleet::sim {

std::vector<Instant> ModelledPlant::carried_from() const {
  const Roster& roster = *parts_.roster;
  if (!roster.has_placement()) return std::vector<Instant>(roster.device_count(), Instant::min());
  std::vector<IdSet<AlgorithmIx>> asked(roster.device_count());
  for (std::uint32_t i = 0; i < roster.instance_count(); ++i) {
    const InstanceEntry& instance = roster[InstanceIx{i}];
    for (const DeviceIx device : instance.devices) {
      for (const AlgorithmIx algorithm : instance.algorithms) asked[device.value].add(algorithm);
    }
  }
  std::vector<Instant> from(roster.device_count(), end_of_time);
  for (std::uint32_t node = 0; node < roster.node_count(); ++node) {
    const NodeOffer& offer = roster[NodeIx{node}].offer;
    const Instant joins = node < parts_.joins.size() ? parts_.joins[node] : begins_;
    // Those of the beginning are there before any instance, the others take a camera's time to connect.
    const Instant ready = joins <= begins_       ? Instant::min()
                          : joins == end_of_time ? joins
                                                 : joins + live_lead * 2;
    for (std::uint32_t i = 0; i < from.size(); ++i) {
      const bool carries =
          offer.schemes.has(roster[DeviceIx{i}].scheme) && offer.algorithms.has_all_of(asked[i]);
      if (carries) from[i] = std::min(from[i], ready);
    }
  }
  return from;
}

bool ModelledPlant::may_have_moved(const SliceRow& row) const {
  if (!(*parts_.roster)[row.key.device].takes_one_connection) return false;
  const Instant from = row.key.due_at - 2 * live_lead;
  // A node that was lost is in probation before it carries anything again.
  return process_fault_near(from - LeaseSettings().longest_probation, row.ended_at) ||
         std::ranges::any_of(parts_.joins,
                             [&](Instant joins) { return from < joins && joins <= row.ended_at; });
}

result<void> ModelledPlant::check(const SliceRow& row) const {
  const auto broken = [&](const std::string& what) {
    return fail(Errc::broken_invariant, "device " + (*parts_.roster)[row.key.device].id,
                "its slice due at " + to_iso(row.key.due_at) + " " + what);
  };
  const WorkSpec& spec = (*parts_.roster)[row.key.instance].spec;
  for (const AlgorithmAccount& account : row.algorithms) {
    if (!spec.every_frame && account.due != ceil_div(row.planned, seconds(spec.spf)))
      return broken("accounts for " + std::to_string(account.due) + " samples in " + to_seconds(row.planned) +
                    " s at one in " + std::to_string(spec.spf) + " s");
  }
  const Reason reason = row.verdict.reason;
  // A slice that begins before there is a node for it waits, and what passes meanwhile is lost.
  const bool has_no_node =
      reason == Reason::node_lost && row.key.due_at < carried_from_[row.key.device.value];
  // A camera of one connection is given up before another node connects to it.
  const bool has_moved = may_have_moved(row);
  const bool by_process = reason == Reason::node_lost || reason == Reason::scheduler_down;
  const bool is_lost_in_move = has_moved && reason == Reason::node_lost;
  if (by_process && !has_no_node && !is_lost_in_move && !process_fault_near(row.key.due_at, row.ended_at))
    return broken("failed as " + std::string(to_text(reason)) + " though no process had a fault");
  // Rows have whole microseconds.
  const Duration back = jumps(FaultKind::clock_back);
  const Instant ended = row.ended_at + std::chrono::microseconds(1) + back;
  // A clock that is put back comes to a fault's time once more, within slices that were due after it.
  const Duration reach = jumps(FaultKind::clock_forward) + back + recovery;
  if (reason == Reason::store_behind && !store_.fault_near(row.key.due_at, ended, reach))
    return broken("failed as store_behind though the store had no fault");
  if (reason != Reason::camera_offline && reason != Reason::stream_corrupt) return success();
  const DeviceState& device = devices_[row.key.device.value];
  // A window that is open at the start has no time to connect early.
  Instant well = begins_ + recovery;
  for (std::uint32_t i = device.first_fault; i < device.first_fault + device.faults; ++i)
    well = std::max(well, faults_[i].to + recovery);
  // A frame that is under way when the clock is put forward comes late, too; jumps add up.
  const Duration ahead = jumps(FaultKind::clock_forward);
  for (const Fault& fault : process_faults_) {
    const bool of_clock = fault.kind == FaultKind::clock_forward || fault.kind == FaultKind::clock_back;
    if (of_clock) well = std::max(well, fault.to + ahead + recovery);
  }
  if (row.key.due_at < well) return success();
  // A process that stands still keeps its connection, one that waits for an answer a little longer.
  if (has_moved && reason == Reason::camera_offline) return success();
  return broken("failed as " + std::string(to_text(reason)) + " though its last fault was over long before");
}

result<void> ModelledPlant::closed() const {
  if (broken_) return pass(*broken_);
  for (const std::int64_t held : frames_held_) {
    if (held != 0)
      return fail(Errc::broken_invariant, "frames", std::to_string(held) + " were not given back at the end");
  }
  const std::uint64_t analysed = parts_.book->ledger().totals().analysed;
  if (analysed > analyses_)
    return fail(Errc::broken_invariant, "samples",
                std::to_string(analysed) + " count as analysed, " + std::to_string(analyses_) + " were");
  for (std::uint32_t i = 0; i < devices_.size(); ++i) {
    if (devices_[i].stream || (devices_[i].others && !devices_[i].others->empty()))
      return fail(Errc::broken_invariant, "device " + (*parts_.roster)[DeviceIx{i}].id,
                  "a stream of it was left open at the end");
  }
  return success();
}

}  // namespace camfleet::sim
