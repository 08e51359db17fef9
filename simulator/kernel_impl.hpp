#pragma once

// What the kernel does with messages, and after a restart of the scheduler's process; included by kernel.hpp.

#include <cassert>
#include <utility>
#include <vector>

#include "simulator/kernel.hpp"

namespace camfleet::sim {

template <class P>
void Kernel<P>::restart_scheduler() {
  begin_scheduler();
  make_actors();
  adding_ = added_.size();
  std::vector<StoredInstance> stored;
  for (StoredInstance& one : plant_->stored()) {
    one.is_ended = std::ranges::find(removed_, one.instance) != removed_.end();
    const bool is_added = std::ranges::find(added_, one.instance) != added_.end();
    if (is_added || one.is_ended) stored.push_back(std::move(one));
  }
  const Recovery recovery =
      recover(stored, *roster_, {.now = queue_->now(), .settle = Duration::max(), .node = own_name()});
  for (const SliceRow& row : recovery.cancelled) plant_->slice_ended(row);
  for (const NodeIx node : known_nodes_)
    queue_->post(the_scheduler, the_placement, queue_->now(), AwaitNode{node});
  for (const Recovery::Followed& one : recovery.followed) {
    for (const RecallSlice& slice : one.slices)
      queue_->post(the_scheduler, actor(one.add.instance), queue_->now(), slice);
  }
  for (const Recovery::Followed& one : recovery.followed)
    queue_->post(the_scheduler, the_scheduler, queue_->now(), one.add);
}

template <class P>
template <class M>
void Kernel<P>::deliver_to_node(ActorId to, const M& message) {
  NodeProcess& node = nodes_[node_at(to.place()).value];
  if (!node.agent) return;
  switch (to.kind) {
    case ActorKind::device: {
      const DeviceIx ix{to.number};
      if constexpr (requires { node.hear(ix, message, {}); }) {
        if (keeps_) node.hear(ix, message, passing(to));
      }
      return hand(node.device(ix, *roster_, settings_.device, to.place()), to, message);
    }
    case ActorKind::analyzer:
      return hand(*node.analyzer, to, message);
    case ActorKind::node:
      if constexpr (std::is_same_v<M, SliceStored>)
        node.kept.forget({message.instance, message.device, message.due_at});
      hand(*node.agent, to, message);
      if (node.agent->has_left()) on_change(processes_.leave(node_at(to.place())));
      return;
    default:
      assert(!"an actor that is on no node");
  }
}

template <class P>
template <class M>
void Kernel<P>::deliver(ActorId to, const M& message) {
  plant_->acting(to);
  if constexpr (std::is_same_v<M, Sample>) {
    if (settings_.watch != nullptr) settings_.watch->saw(queue_->now(), to, message);
  }
  if constexpr (std::is_same_v<M, SampleDone>) {
    if (settings_.watch != nullptr) settings_.watch->answered(to.place());
  }
  if (to.place() != home_place) return deliver_to_node(to, message);
  const bool outside = to.kind == ActorKind::plant || to.kind == ActorKind::node;
  if (!scheduler_ && !outside) return;
  if constexpr (RareSituations::wants<M>) {
    if (settings_.situations != nullptr) settings_.situations->saw(queue_->now(), to, message);
  }
  switch (to.kind) {
    case ActorKind::scheduler:
      if constexpr (std::is_same_v<M, RemoveInstance>) forget(message.instance);
      if constexpr (std::is_same_v<M, AddInstance>) --adding_;
      may_be_idle_ = true;
      return hand(*scheduler_, to, message);
    case ActorKind::instance:
      return hand(instances_[to.number], to, message);
    case ActorKind::device:
      return hand(devices_[to.number], to, message);
    case ActorKind::analyzer:
      return hand(analyzers_[to.number], to, message);
    case ActorKind::plant:
      if constexpr (std::is_same_v<M, TimerFired>) {
        plant_->on(message);
        return tell_stored();
      }
      break;
    case ActorKind::placement:
      return hand(*placement_, to, message);
    case ActorKind::membership:
      if constexpr (std::is_same_v<M, NodeJoined>) {
        processes_.heard(message);
        known_nodes_.insert(message.node);
      }
      return hand(*membership_, to, message);
    case ActorKind::node:
      if constexpr (std::is_same_v<M, TimerFired>) return on_change(processes_.on(message));
      break;
  }
  assert(!"a message for an actor that does not take it");
}

}  // namespace camfleet::sim
