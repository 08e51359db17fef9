#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "actors/base/ids.hpp"
#include "actors/base/time.hpp"
#include "actors/machines/protocol.hpp"
#include "simulator/event_queue.hpp"
#include "simulator/fault.hpp"
#include "simulator/link.hpp"

namespace camfleet::sim {

/// What a fault of a process has done.
struct ProcessChange {
  enum class Kind : std::uint8_t { none, scheduler_ends, scheduler_begins, node_ends, node_begins };
  Kind kind = Kind::none;
  NodeIx node{};
};

/// Which processes of a cluster are up, and which nodes are connected to the scheduler's. The faults of
/// processes and links are its own: it sets their timers, and does to the queue what they do to it.
class Processes {
 public:
  /// All are up, but for nodes that begin later, or never, and no node is connected. Of `faults` those of
  /// cameras do not count; `joins` are instants by node.
  Processes(std::uint32_t nodes, Duration link_delay, std::span<const Fault> faults,
            std::span<const Instant> joins, EventQueue& queue);

  /// Whose timers a node's faults are: the machine that its process runs on. It is no part of a process.
  static constexpr ActorId host_of(NodeIx node) { return {ActorKind::node, home_place, node.value}; }

  /// A fault begins or ends. Of a process that ends nothing is on its way any more; the connection of a node
  /// that does is known to have ended.
  ProcessChange on(const TimerFired& message);

  /// The process of a node that is drained ends before its time.
  ProcessChange leave(NodeIx node);

  /// No process fails any more, or begins.
  void stop();

  [[nodiscard]] bool is_up(NodeIx node) const { return nodes_[node.value].is_up; }

  /// From then on no fault makes a difference any more, of a camera neither.
  [[nodiscard]] Instant quiet_from() const { return quiet_from_; }

  /// A node joins over a connection of its own. What is on its way over the one before is lost: it was meant
  /// for what the node has given up.
  void connect(NodeIx node, Instant term);
  /// The membership is told of it.
  void heard(const NodeJoined& message);
  /// No scheduler is there, and a node calls it: it is told so at once, unless its line keeps still for
  /// longer than `patience`.
  void refuse(NodeIx node, Duration patience);
  /// Whether a message from one place gets to the other, of which one is home.
  [[nodiscard]] bool reaches(Place from, Place to) const;
  /// When it arrives that is sent now.
  Instant arrival(Place from, Place to) { return links_.arrival(from, to, queue_->now()); }

 private:
  struct Node {
    std::uint32_t downs = 0;  ///< faults that keep it down, and its beginning
    std::uint32_t left = 0;   ///< drains that it has ended before their time
    bool is_up = true;
    bool is_connected = false;  ///< it has joined since the scheduler's process began …
    bool is_heard = false;      ///< … and the membership has heard of it
    Instant term{};             ///< of its connection
  };
  /// A fault begins or ends, a node begins, or one has been drained for long enough.
  enum class Timer : std::uint8_t { begins, ends, joins, drained };
  /// After which a node that is drained ends, whatever it still has; where its fault is short, after half of
  /// that.
  static constexpr Duration longest_drain = seconds(30);

  void set_timer(NodeIx node, Instant at, TimerTag tag);
  ProcessChange scheduler_downs(std::uint32_t downs);
  ProcessChange node_downs(NodeIx node, std::uint32_t downs);
  void jump(Duration by);

  EventQueue* queue_;
  Links links_;
  std::vector<Fault> faults_;
  std::vector<Node> nodes_;
  std::vector<TimerId> timers_;
  std::uint32_t scheduler_downs_ = 0;
  bool is_scheduler_up_ = true;
  Instant quiet_from_ = Instant::min();
};

}  // namespace camfleet::sim
