#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "actors/base/ids.hpp"
#include "actors/base/time.hpp"
#include "actors/ledger/ledger.hpp"
#include "actors/machines/node_agent.hpp"
#include "actors/machines/protocol.hpp"
#include "simulator/fault.hpp"
#include "simulator/processes.hpp"

namespace camfleet::sim {

/// What a cluster must come through and seldom comes to.
enum class Situation : std::uint8_t {
  last_moment,
  after_its_lease,
  heard_when_lost,
  two_losses,
  all_lost,
  lost_again,
  ends_in_a_move,
  ends_in_a_drain,
  cut_in_a_drain,
  lost_in_a_drain,
  last_one_drains,
  ends_before_nodes_come,
  begins_alone,
  ends_alone,
  taken_over,
  stands_still_meanwhile,
  heals_meanwhile,
  moves_twice
};
inline constexpr std::array<std::string_view, 18> situation_names{
    "a node is heard in its lease's last moment",
    "a node is heard after its lease and before it is given up",
    "what a node said before it was given up arrives after that",
    "two nodes are lost within a minute",
    "the last node is lost",
    "a node is lost within 5 s after another one whose slices it may have",
    "the scheduler ends within a second of a loss",
    "the scheduler ends while a node drains",
    "a node is cut off within 5 s after it was told to drain",
    "a node is lost while it drains",
    "the last node drains",
    "the scheduler ends again before the nodes are there that it waits for",
    "a node begins while no scheduler is there",
    "a node ends while no scheduler is there",
    "a scheduler takes over a slice that runs or has ended",
    "a node stands still over a restart of the scheduler",
    "a cut is over while no scheduler is there",
    "a slice goes on elsewhere twice"};

/// Counts the situations that a run comes to, by its messages, processes and rows.
class RareSituations {
 public:
  using Counts = std::array<std::uint64_t, situation_names.size()>;

  /// Of `faults` those of processes and links count.
  RareSituations(std::uint32_t nodes, std::span<const Fault> faults);

  /// Which messages it wants to see.
  template <class M>
  static constexpr bool wants =
      std::same_as<M, NodeJoined> || std::same_as<M, Heartbeat> || std::same_as<M, NodeAdmitted> ||
      std::same_as<M, NodeLost> || std::same_as<M, DrainNode> || std::same_as<M, AwaitNode> ||
      std::same_as<M, KeptSlice>;
  /// One arrives. The clocks of a cluster have no faults: there is one time.
  template <class M>
  requires std::same_as<M, NodeJoined> || std::same_as<M, Heartbeat>
  void saw(Instant now, ActorId /*to*/, const M& message) { hear(now, message.node, message.term); }
  void saw(Instant now, ActorId to, const NodeAdmitted& message);
  void saw(Instant now, ActorId to, const NodeLost& message);
  void saw(Instant now, ActorId to, const DrainNode& message);
  void saw(Instant now, ActorId to, const AwaitNode& message);
  void saw(Instant now, ActorId to, const KeptSlice& message);
  /// A process ends or begins.
  void changed(Instant now, const ProcessChange& change);
  void ended(const SliceRow& row);

  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  struct Node {
    Instant heard_at = Instant::min();
    Instant term{};  ///< as heard last
    Instant admitted_term{};
    Instant lost_at = Instant::min();
    Instant lost_term{};
    bool is_admitted = false;
    bool is_awaited = false;
    bool drains = false;
  };
  void count(Situation situation) { ++counts_[static_cast<std::size_t>(situation)]; }
  void hear(Instant now, NodeIx node, Instant term);
  [[nodiscard]] bool is_another_admitted(NodeIx node) const;
  void scheduler_ends(Instant now);
  void scheduler_begins(Instant now);
  void node_ends(Instant now, NodeIx node);

  LeaseSettings lease_{};
  std::vector<std::vector<Fault>> faults_;  ///< by node, the earliest first; those that are over go
  std::vector<Node> nodes_;                 ///< as the scheduler's process knows them
  std::vector<bool> is_up_;                 ///< by node: it was heard, and has not ended since
  bool is_scheduler_there_ = true;
  Instant ended_at_ = Instant::min();  ///< of the scheduler's process; this and the next
  Instant begun_at_ = Instant::min();
  Counts counts_{};
};

}  // namespace camfleet::sim
