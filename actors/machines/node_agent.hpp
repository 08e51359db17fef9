#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "actors/machines/executor.hpp"
#include "actors/machines/protocol.hpp"

namespace camfleet {

/// How nodes and the membership know of each other. The lease ends before the node is given up, also when
/// nothing gets through, so that no two nodes work at one slice.
struct LeaseSettings {
  Duration beat = milliseconds(500);    ///< between two heartbeats
  Duration lease = milliseconds(1500);  ///< a node whose heartbeats were not heard for so long stops its work
  Duration given_up = milliseconds(2000);  ///< a node that was not heard for so long is lost; > lease
  Duration first_probation =
      seconds(2);  ///< how long a node that was lost once must stay before it carries …
  Duration longest_probation = seconds(60);  ///< … doubled with each loss, up to this …
  Duration forgiven_after = seconds(600);    ///< … until it has carried for so long
};

/// Stands for a node: keeps its lease by heartbeats, and fences it when the lease is over: its devices drop
/// everything, and it joins anew with a new term. All by steady time: a lease does not follow a clock that is
/// put forward or back.
class NodeAgent {
 public:
  NodeAgent(NodeIx self, const NodeOffer& offer, const LeaseSettings& settings = {})
      : settings_(settings), self_(self), offer_(offer) {}

  template <class Context>
  void on(const StartNode& /*message*/, Context& context) {
    term_ = context.steady_now();
    beat(context);
  }

  template <class Context>
  void on(const HeartbeatSeen& message, Context& /*context*/) {
    if (message.term != term_) return;
    joined_ = true;
    lease_until_ = std::max(lease_until_, message.sent_at + settings_.lease);
  }

  template <class Context>
  void on(const CarryDevice& message, Context& /*context*/) {
    if (carried_.size() <= message.device.value) carried_.resize(message.device.value + 1);
    carried_[message.device.value] = true;
  }

  template <class Context>
  void on(const StopNode& /*message*/, Context& context) {
    is_stopped_ = true;
    fence(context);
  }

  template <class Context>
  void on(const TimerFired& /*message*/, Context& context) {
    if (is_stopped_) return;
    if (joined_ && context.steady_now() >= lease_until_) fence(context);
    if (context.steady_now() >= next_beat_) return beat(context);
    wait(context);
  }

  [[nodiscard]] bool joined() const { return joined_; }

 private:
  template <class Context>
  void beat(Context& context) {
    const Instant now = context.steady_now();
    if (joined_) {
      context.send(the_membership, Heartbeat{self_, term_, now});
    } else {
      context.send(the_membership, NodeJoined{self_, term_, now, offer_});
    }
    next_beat_ = now + settings_.beat;
    wait(context);
  }

  template <class Context>
  void wait(Context& context) {
    const Instant next = joined_ ? std::min(next_beat_, lease_until_) : next_beat_;
    context.set_timer_after(next - context.steady_now(), {});
  }

  template <class Context>
  void fence(Context& context) {
    joined_ = false;
    term_ = context.steady_now();
    for (std::uint32_t i = 0; i < carried_.size(); ++i) {
      if (carried_[i]) context.send(at_place(place_of(self_), actor(DeviceIx{i})), Fence{});
    }
    carried_.clear();
  }

  LeaseSettings settings_;
  NodeIx self_;
  NodeOffer offer_;
  Instant term_{};
  Instant lease_until_{};
  Instant next_beat_{};
  bool joined_ = false;
  bool is_stopped_ = false;
  std::vector<bool> carried_;
};

}  // namespace camfleet
