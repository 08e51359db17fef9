#include "simulator/processes.hpp"

#include <algorithm>
#include <iterator>

namespace camfleet::sim {
namespace {

bool is_of_process(const Fault& fault) {
  return fault.kind == FaultKind::node_crash || fault.kind == FaultKind::node_hang ||
         fault.kind == FaultKind::node_drain ||
         (victim_of(fault.kind) == Victim::scheduler && fault.kind < FaultKind::store_slow);
}

/// Its end is told too.
bool lasts(const Fault& fault) {
  return fault.kind == FaultKind::node_crash || fault.kind == FaultKind::node_drain ||
         fault.kind == FaultKind::scheduler_restart;
}

}  // namespace

Processes::Processes(std::uint32_t nodes, Duration link_delay, std::span<const Fault> faults,
                     std::span<const Instant> joins, EventQueue& queue)
    : queue_(&queue), links_(nodes, link_delay, faults), nodes_(nodes) {
  std::ranges::copy_if(faults, std::back_inserter(faults_), is_of_process);
  for (std::uint32_t i = 0; i < faults_.size(); ++i) {
    const Fault& fault = faults_[i];
    set_timer(fault.node, fault.from, timer_tag(Timer::begins, i));
    if (fault.kind == FaultKind::node_drain)
      set_timer(fault.node, fault.from + std::min(longest_drain, (fault.to - fault.from) / 2),
                timer_tag(Timer::drained, i));
    if (lasts(fault)) set_timer(fault.node, fault.to, timer_tag(Timer::ends, i));
  }
  for (const Fault& fault : faults) quiet_from_ = std::max(quiet_from_, fault.to + fault.by);
  for (std::uint32_t i = 0; i < joins.size(); ++i) {
    if (joins[i] <= queue.now()) continue;
    nodes_[i] = {.downs = 1, .is_up = false};
    if (joins[i] == end_of_time) continue;
    quiet_from_ = std::max(quiet_from_, joins[i]);
    set_timer(NodeIx{i}, joins[i], timer_tag(Timer::joins, i));
  }
}

void Processes::set_timer(NodeIx node, Instant at, TimerTag tag) {
  timers_.push_back(queue_->set_timer(host_of(node), at, tag));
}

void Processes::stop() {
  for (const TimerId timer : timers_) queue_->cancel_timer(timer);
  timers_.clear();
}

ProcessChange Processes::on(const TimerFired& message) {
  if (is_kind(message.tag, Timer::joins)) {
    const NodeIx node{message.tag.number};
    return node_downs(node, nodes_[node.value].downs - 1);
  }
  const Fault& fault = faults_[message.tag.number];
  const std::uint32_t change = is_kind(message.tag, Timer::begins) ? 1 : -1U;
  switch (fault.kind) {
    case FaultKind::clock_forward:
      jump(fault.to - fault.from);
      return {};
    case FaultKind::clock_back:
      jump(fault.from - fault.to);
      return {};
    case FaultKind::node_hang:
      if (nodes_[fault.node.value].is_up) queue_->hold(place_of(fault.node), fault.to);
      return {};
    case FaultKind::node_drain:
      if (is_kind(message.tag, Timer::drained) && nodes_[fault.node.value].left > 0) {
        --nodes_[fault.node.value].left;
        return {};
      }
      if (!is_kind(message.tag, Timer::begins)) break;
      if (nodes_[fault.node.value].is_up)
        queue_->post(host_of(fault.node), actor(fault.node), queue_->now(), LeaveCluster{});
      return {};
    case FaultKind::scheduler_restart:
      return scheduler_downs(scheduler_downs_ + change);
    default:
      break;
  }
  const std::uint32_t more = is_kind(message.tag, Timer::ends) ? -1U : 1;
  return node_downs(fault.node, nodes_[fault.node.value].downs + more);
}

ProcessChange Processes::scheduler_downs(std::uint32_t downs) {
  // Counted, not by the clock: that may be put back.
  scheduler_downs_ = downs;
  if ((downs == 0) == is_scheduler_up_) return {};
  is_scheduler_up_ = downs == 0;
  if (is_scheduler_up_) return {ProcessChange::Kind::scheduler_begins};
  queue_->drop(home_place);
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    const NodeIx node{i};
    if (nodes_[i].is_connected)
      queue_->post(host_of(node), actor(node), arrival(home_place, place_of(node)),
                   Disconnected{nodes_[i].term, false});
    nodes_[i].is_connected = nodes_[i].is_heard = false;
    queue_->drop_from_scheduler(place_of(NodeIx{i}));
  }
  return {ProcessChange::Kind::scheduler_ends};
}

ProcessChange Processes::node_downs(NodeIx ix, std::uint32_t downs) {
  Node& node = nodes_[ix.value];
  node.downs = downs;
  if ((downs == 0) == node.is_up) return {};
  if (downs == 0) {
    node.is_up = true;
    return {ProcessChange::Kind::node_begins, ix};
  }
  node = {.downs = downs, .left = node.left, .is_up = false};
  queue_->drop(place_of(ix));
  queue_->post(host_of(ix), the_membership, arrival(place_of(ix), home_place), NodeGone{ix});
  return {ProcessChange::Kind::node_ends, ix};
}

ProcessChange Processes::leave(NodeIx node) {
  ++nodes_[node.value].left;
  return node_downs(node, nodes_[node.value].downs + 1);
}

void Processes::jump(Duration by) {
  queue_->jump(by);
  links_.jump(by);
}

void Processes::connect(NodeIx ix, Instant term) {
  Node& node = nodes_[ix.value];
  if (!is_scheduler_up_ || (node.is_connected && node.term == term)) return;
  queue_->drop_from_scheduler(place_of(ix));
  node.is_connected = true;
  node.term = term;
  node.is_heard = false;
}

void Processes::heard(const NodeJoined& message) {
  Node& node = nodes_[message.node.value];
  node.is_heard = node.is_heard || (node.is_connected && node.term == message.term);
}

void Processes::refuse(NodeIx node, Duration patience) {
  const Instant called = arrival(place_of(node), home_place);
  if (called - queue_->now() > patience) return;
  queue_->post(host_of(node), actor(node), arrival(home_place, place_of(node)), Disconnected{{}, true});
}

bool Processes::reaches(Place from, Place to) const {
  return from == home_place ? nodes_[node_at(to).value].is_heard : nodes_[node_at(from).value].is_connected;
}

}  // namespace camfleet::sim
