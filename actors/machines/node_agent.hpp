#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
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
  Duration longest_alone = seconds(600);     ///< how long a node goes on while no scheduler is there
};

/// Stands for a node: keeps its lease by heartbeats, and fences it when the lease is over: its devices drop
/// everything, and it joins anew with a new term. All by steady time: a lease does not follow a clock that is
/// put forward or back.
///
/// When its connection ends it keeps what it has while its lease lasts. Each call that is refused renews
/// that, for ten minutes: where no scheduler is, none gives its slices to others. Silence renews nothing. To
/// a scheduler that has begun since it tells what it has kept; the one that it had before has given it up.
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
  void on(const HeartbeatSeen& message, Context& context) {
    if (message.term != term_) return;
    // The answer took longer than the lease that it gives: what comes after it would have none.
    const Instant until = message.sent_at + settings_.lease;
    if (!joined_ && (keeps_ ? std::max(until, lease_until_) : until) <= context.steady_now())
      return join_anew(context);
    bool has_kept = std::exchange(keeps_, false);
    if (has_kept && message.reign == reign_) {
      drop(context);
      has_kept = false;
    }
    reign_ = message.reign;
    if (!std::exchange(joined_, true)) tell_kept(has_kept, context);
    lease_until_ = std::max(lease_until_, until);
  }

  template <class Context>
  void on(const CarryDevice& message, Context& /*context*/) {
    if (carried_.size() <= message.device.value) carried_.resize(message.device.value + 1);
    carried_[message.device.value] = true;
  }

  /// What is kept is its executor's to know, see KeptSlices.
  template <class Context>
  void on(const SliceStored& /*message*/, Context& /*context*/) {}

  template <class Context>
  void on(const Disconnected& message, Context& context) {
    const Instant now = context.steady_now();
    if (message.is_refused) {
      if (keeps_ && now < alone_since_ + settings_.longest_alone) lease_until_ = now + settings_.lease;
    } else if (joined_ && message.term == term_) {
      if (is_leaving_) return stop(context);
      joined_ = false;
      keeps_ = true;
      alone_since_ = term_ = now;
    }
  }

  /// It goes on until nothing of it is left, as long as its connection and its lease last.
  template <class Context>
  void on(const LeaveCluster& /*message*/, Context& context) {
    is_leaving_ = true;
    if (!joined_) return stop(context);
    ask_to_be_drained(context);
  }

  template <class Context>
  void on(const DrainSeen& /*message*/, Context& /*context*/) {
    is_leaving_ = true;
  }

  template <class Context>
  void on(const StopNode& /*message*/, Context& context) {
    is_leaving_ = false;
    stop(context);
  }

  template <class Context>
  void on(const TimerFired& /*message*/, Context& context) {
    if (is_stopped_) return;
    if (has_lease() && context.steady_now() >= lease_until_) {
      if (is_leaving_) return stop(context);
      fence(context);
    }
    if (context.steady_now() >= next_beat_) return beat(context);
    wait(context);
  }

  [[nodiscard]] bool joined() const { return joined_; }
  /// Nobody can have others go on with what it has: its process ends now.
  [[nodiscard]] bool has_left() const { return is_leaving_ && is_stopped_; }

 private:
  template <class Context>
  void beat(Context& context) {
    const Instant now = context.steady_now();
    if (joined_) {
      context.send(the_membership, Heartbeat{self_, term_, now});
      // It may have been admitted since.
      if (is_leaving_) ask_to_be_drained(context);
    } else {
      ask_to_join(context);
    }
    next_beat_ = now + settings_.beat;
    wait(context);
  }

  template <class Context>
  void wait(Context& context) {
    const Instant next = has_lease() ? std::min(next_beat_, lease_until_) : next_beat_;
    context.set_timer_after(next - context.steady_now(), {});
  }

  [[nodiscard]] bool has_lease() const { return joined_ || keeps_; }

  template <class Context>
  void tell_kept(bool has_kept, Context& context) {
    for (std::uint32_t i = 0; i < carried_.size(); ++i) {
      if (carried_[i]) context.send(the_placement, KeptDevice{self_, DeviceIx{i}});
    }
    context.send(the_placement, KeptTold{self_, has_kept});
  }

  template <class Context>
  void ask_to_be_drained(Context& context) {
    context.send(the_placement, DrainNode{self_});
  }

  template <class Context>
  void stop(Context& context) {
    is_stopped_ = true;
    fence(context);
  }

  template <class Context>
  void fence(Context& context) {
    joined_ = keeps_ = false;
    term_ = context.steady_now();
    drop(context);
  }

  template <class Context>
  void join_anew(Context& context) {
    fence(context);
    ask_to_join(context);
  }

  template <class Context>
  void ask_to_join(Context& context) {
    context.send(the_membership, NodeJoined{self_, term_, context.steady_now(), offer_, keeps_});
  }

  template <class Context>
  void drop(Context& context) {
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
  std::uint64_t reign_ = 0;  ///< of the scheduler that it joined last
  Instant alone_since_{};
  bool joined_ = false;
  bool keeps_ = false;  ///< what it has from a connection that has ended
  bool is_leaving_ = false;
  bool is_stopped_ = false;
  std::vector<bool> carried_;
};

}  // namespace camfleet
