#include "actors/machines/membership.hpp"

#include <algorithm>

namespace camfleet {

const Membership::Member* Membership::find(NodeIx node) const {
  return node.value < members_.size() && members_[node.value].connected ? &members_[node.value] : nullptr;
}

Duration Membership::probation(const Member& node) const {
  if (node.losses == 0) return Duration(0);
  const std::uint32_t doublings = std::min(node.losses - 1, 10U);
  return std::min(settings_.first_probation * (std::int64_t{1} << doublings), settings_.longest_probation);
}

Instant Membership::next_look() const {
  Instant next = end_of_time;
  for (const Member& node : members_) {
    if (!node.connected) continue;
    next = std::min(next, node.heard_at + settings_.given_up);
    if (!node.admitted) next = std::min(next, node.admit_at);
  }
  return next;
}

void Membership::count_loss(Member& node, Instant now) const {
  if (now - node.admitted_at > settings_.forgiven_after) node.losses = 0;
  ++node.losses;
}

}  // namespace camfleet
