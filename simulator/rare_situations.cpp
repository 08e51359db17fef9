#include "simulator/rare_situations.hpp"

#include <algorithm>

namespace camfleet::sim {
namespace {

constexpr Duration last_moment_lasts = milliseconds(100);
constexpr Duration one_round = minutes(1);
/// In which what ran on a node that is lost has gone on elsewhere.
constexpr Duration moving = seconds(5);
/// As a placement waits for nodes after a restart.
constexpr Duration awaiting = seconds(5);

bool is_within(Instant at, Instant since, Duration span) {
  return since != Instant::min() && at - since <= span;
}

}  // namespace

RareSituations::RareSituations(std::uint32_t nodes, std::span<const Fault> faults)
    : faults_(nodes), nodes_(nodes), is_up_(nodes) {
  for (const Fault& fault : faults) {
    if (victim_of(fault.kind) == Victim::node) faults_[fault.node.value].push_back(fault);
  }
  for (std::vector<Fault>& of_node : faults_) std::ranges::sort(of_node, {}, &Fault::from);
}

void RareSituations::hear(Instant now, NodeIx ix, Instant term) {
  Node& node = nodes_[ix.value];
  if (node.heard_at != Instant::min() && node.lost_at < node.heard_at) {
    const Duration silent = now - node.heard_at;
    if (silent > lease_.lease - last_moment_lasts && silent <= lease_.lease) count(Situation::last_moment);
    if (silent > lease_.lease && silent < lease_.given_up) count(Situation::after_its_lease);
  }
  if (node.lost_at != Instant::min() && term == node.lost_term) count(Situation::heard_when_lost);
  node.heard_at = now;
  node.term = term;
  is_up_[ix.value] = true;
}

void RareSituations::saw(Instant /*now*/, ActorId /*to*/, const NodeAdmitted& message) {
  Node& node = nodes_[message.node.value];
  node.is_admitted = true;
  node.admitted_term = node.term;
  node.is_awaited = node.drains = false;
}

void RareSituations::saw(Instant now, ActorId to, const NodeLost& message) {
  if (to.kind != ActorKind::placement) return;
  Node& node = nodes_[message.node.value];
  if (!node.is_admitted) return;
  for (const Node& other : nodes_) {
    if (&other == &node) continue;
    if (is_within(now, other.lost_at, one_round)) count(Situation::two_losses);
    if (is_within(now, other.lost_at, moving)) count(Situation::lost_again);
  }
  if (!is_another_admitted(message.node)) count(Situation::all_lost);
  if (node.drains) count(Situation::lost_in_a_drain);
  node.lost_at = now;
  node.lost_term = node.admitted_term;
  node.is_admitted = node.drains = false;
}

void RareSituations::saw(Instant now, ActorId to, const DrainNode& message) {
  if (to.kind != ActorKind::placement) return;
  Node& node = nodes_[message.node.value];
  if (node.is_admitted && !is_another_admitted(message.node)) count(Situation::last_one_drains);
  node.drains = node.is_admitted;
  const bool is_cut_soon = std::ranges::any_of(faults_[message.node.value], [&](const Fault& fault) {
    return fault.kind == FaultKind::link_cut && fault.from >= now && fault.from - now <= moving;
  });
  if (node.drains && is_cut_soon) count(Situation::cut_in_a_drain);
}

void RareSituations::saw(Instant /*now*/, ActorId /*to*/, const AwaitNode& message) {
  nodes_[message.node.value].is_awaited = true;
}

void RareSituations::saw(Instant /*now*/, ActorId to, const KeptSlice& /*message*/) {
  if (to.kind == ActorKind::instance) count(Situation::taken_over);
}

void RareSituations::changed(Instant now, const ProcessChange& change) {
  switch (change.kind) {
    case ProcessChange::Kind::none:
      return;
    case ProcessChange::Kind::scheduler_ends:
      return scheduler_ends(now);
    case ProcessChange::Kind::scheduler_begins:
      return scheduler_begins(now);
    case ProcessChange::Kind::node_ends:
      if (!is_scheduler_there_) count(Situation::ends_alone);
      return node_ends(now, change.node);
    case ProcessChange::Kind::node_begins:
      if (!is_scheduler_there_) count(Situation::begins_alone);
      return;
  }
}

void RareSituations::node_ends(Instant now, NodeIx ix) {
  Node& node = nodes_[ix.value];
  const bool is_crash = std::ranges::any_of(faults_[ix.value], [&](const Fault& fault) {
    return fault.kind == FaultKind::node_crash && fault.from == now;
  });
  if (node.drains && is_crash) count(Situation::lost_in_a_drain);
  node.drains = false;
  // Its term is over; that it is lost is still to be heard.
  node.heard_at = Instant::min();
  is_up_[ix.value] = false;
}

void RareSituations::scheduler_ends(Instant now) {
  if (std::ranges::any_of(nodes_, [&](const Node& node) { return is_within(now, node.lost_at, seconds(1)); }))
    count(Situation::ends_in_a_move);
  if (std::ranges::any_of(nodes_, &Node::drains)) count(Situation::ends_in_a_drain);
  if (is_within(now, begun_at_, awaiting) && std::ranges::any_of(nodes_, &Node::is_awaited))
    count(Situation::ends_before_nodes_come);
  is_scheduler_there_ = false;
  ended_at_ = now;
  for (Node& node : nodes_) node = {};
}

void RareSituations::scheduler_begins(Instant now) {
  is_scheduler_there_ = true;
  begun_at_ = now;
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    std::erase_if(faults_[i], [&](const Fault& fault) { return fault.to < ended_at_; });
    for (const Fault& fault : faults_[i]) {
      if (fault.from > now) break;
      if (!is_up_[i]) continue;
      if (fault.kind == FaultKind::node_hang && fault.from <= ended_at_ && fault.to >= now)
        count(Situation::stands_still_meanwhile);
      if (fault.kind == FaultKind::link_cut && fault.to <= now) count(Situation::heals_meanwhile);
    }
  }
}

bool RareSituations::is_another_admitted(NodeIx node) const {
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    if (i != node.value && nodes_[i].is_admitted) return true;
  }
  return false;
}

void RareSituations::ended(const SliceRow& row) {
  if (row.parts.size() > 2) count(Situation::moves_twice);
}

}  // namespace camfleet::sim
