#include "simulator/link.hpp"

#include <algorithm>
#include <cassert>

namespace camfleet::sim {

Links::Links(std::uint32_t nodes, Duration delay, std::span<const Fault> faults)
    : delay_(delay), faults_(nodes), last_(std::size_t{nodes} * 2) {
  for (const Fault& fault : faults) {
    if (fault.kind == FaultKind::link_delay || fault.kind == FaultKind::link_cut)
      faults_[fault.node.value].push_back(fault);
  }
}

Instant Links::arrival(Place from, Place to, Instant now) {
  assert((from == home_place) != (to == home_place));
  const std::size_t node = node_at(std::max(from, to)).value;
  Instant at = now;
  Duration delay = delay_;
  // One cut may begin while another lasts.
  for (bool cut = true; cut;) {
    cut = false;
    for (const Fault& fault : faults_[node]) {
      if (fault.kind != FaultKind::link_cut || at < fault.from || at >= fault.to) continue;
      at = fault.to;
      cut = true;
    }
  }
  for (const Fault& fault : faults_[node]) {
    if (fault.kind == FaultKind::link_delay && fault.from <= at && at < fault.to) delay += fault.by;
  }
  Instant& last = last_[2 * node + (from == home_place ? 0 : 1)];
  last = std::max(at + delay, last + Duration(1));
  return last;
}

bool Links::is_cut(NodeIx node, Instant now) const {
  return std::ranges::any_of(faults_[node.value], [now](const Fault& fault) {
    return fault.kind == FaultKind::link_cut && now >= fault.from && now < fault.to;
  });
}

void Links::jump(Duration by) {
  for (Instant& last : last_) last += by;
}

}  // namespace camfleet::sim
