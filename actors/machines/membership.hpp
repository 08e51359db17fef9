#pragma once

#include <cstdint>
#include <vector>

#include "actors/machines/executor.hpp"
#include "actors/machines/node_agent.hpp"
#include "actors/machines/protocol.hpp"
#include "actors/plan/roster.hpp"

namespace camfleet {

/// Knows which nodes are there, and answers their heartbeats: an actor beside the placement, so that no lease
/// waits for devices that are placed. A node that was not heard of for two seconds, or whose connection has
/// ended, is lost. One that was lost must stay for a while before it carries anything again, each time
/// longer, so that a bad line does not throw its slices about; a cluster without any other node takes it at
/// once.
class Membership {
 public:
  /// `reign` tells this process of the scheduler's from those before and after it.
  explicit Membership(const LeaseSettings& settings = {}, std::uint64_t reign = 0)
      : settings_(settings), reign_(reign) {}

  template <class Context>
  void on(const NodeJoined& message, Context& context) {
    if (members_.size() <= message.node.value) members_.resize(message.node.value + 1U);
    Member& node = members_[message.node.value];
    const bool known = node.connected && node.term == message.term;
    if (!known) {
      // It has begun anew before its silence was noticed.
      if (node.connected) lose(message.node, context);
      node.connected = true;
      node.term = message.term;
      node.offer = message.offer;
      node.admit_at = context.steady_now() + probation(node);
    }
    hear(message.node, message.sent_at, context);
    if (known) return;
    if (node.admit_at <= context.steady_now() || admitted_ == 0) admit(message.node, context);
    watch(context);
  }

  template <class Context>
  void on(const Heartbeat& message, Context& context) {
    const Member* node = find(message.node);
    if (node != nullptr && node->term == message.term) hear(message.node, message.sent_at, context);
  }

  template <class Context>
  void on(const NodeGone& message, Context& context) {
    if (find(message.node) != nullptr) lose(message.node, context);
  }

  template <class Context>
  void on(const StopNode& /*message*/, Context& /*context*/) {
    is_stopped_ = true;
  }

  template <class Context>
  void on(const TimerFired& message, Context& context) {
    if (is_stopped_ || message.tag.number != watch_) return;
    const Instant now = context.steady_now();
    for (std::uint32_t i = 0; i < members_.size(); ++i) {
      const Member& node = members_[i];
      if (!node.connected) continue;
      if (now >= node.heard_at + settings_.given_up) {
        lose(NodeIx{i}, context);
      } else if (!node.admitted && now >= node.admit_at) {
        admit(NodeIx{i}, context);
      }
    }
    watch(context);
  }

 private:
  /// A node as it is known.
  struct Member {
    bool connected = false;
    bool admitted = false;  ///< it may carry devices
    Instant term{};
    NodeOffer offer;
    Instant heard_at{};
    Instant admit_at{};     ///< when it may
    Instant admitted_at{};  ///< when it last could
    std::uint32_t losses = 0;
  };

  /// Null when it is not connected.
  [[nodiscard]] const Member* find(NodeIx node) const;
  /// How long a node must stay before it carries anything: nothing for a new one, then 2 s, 4 s … a minute.
  [[nodiscard]] Duration probation(const Member& node) const;
  /// When the next silent node would be given up, or the next one be admitted.
  [[nodiscard]] Instant next_look() const;
  void count_loss(Member& node, Instant now) const;

  template <class Context>
  void hear(NodeIx node, Instant sent_at, Context& context) {
    members_[node.value].heard_at = context.steady_now();
    context.send(actor(node), HeartbeatSeen{members_[node.value].term, sent_at, reign_});
  }

  template <class Context>
  void admit(NodeIx ix, Context& context) {
    Member& node = members_[ix.value];
    node.admitted = true;
    node.admitted_at = context.steady_now();
    ++admitted_;
    context.send(the_placement, NodeAdmitted{ix, node.offer});
  }

  template <class Context>
  void lose(NodeIx ix, Context& context) {
    Member& node = members_[ix.value];
    node.connected = false;
    if (!node.admitted) return;
    node.admitted = false;
    --admitted_;
    count_loss(node, context.steady_now());
    context.send(the_placement, NodeLost{ix});
    for (std::uint32_t i = 0; i < members_.size() && admitted_ == 0; ++i) {
      if (members_[i].connected) admit(NodeIx{i}, context);
    }
  }

  template <class Context>
  void watch(Context& context) {
    const Instant next = next_look();
    // An earlier timer that still runs is out of date.
    ++watch_;
    if (next != end_of_time) context.set_timer_after(next - context.steady_now(), {.number = watch_});
  }

  LeaseSettings settings_;
  std::uint64_t reign_;
  std::vector<Member> members_;  ///< by NodeIx, of those that have ever joined
  std::uint32_t admitted_ = 0;
  std::uint32_t watch_ = 0;  ///< which timer counts
  bool is_stopped_ = false;
};

}  // namespace camfleet
