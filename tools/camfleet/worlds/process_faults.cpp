#include "tools/camfleet/worlds/process_faults.hpp"

#include <algorithm>
#include <tuple>

namespace camfleet::cli {
namespace {

/// After which a node that is drained is killed; where its fault is short, after half of that.
constexpr Duration longest_drain = seconds(30);

}  // namespace

ProcessFaults::ProcessFaults(std::uint32_t nodes, std::span<const sim::Fault> faults) : nodes_(nodes) {
  for (std::size_t i = 0; i < faults.size(); ++i) {
    const sim::Fault& fault = faults[i];
    if (fault.to <= fault.from) continue;
    const auto add = [&](Edge edge, Instant at) { edges_.push_back({at, edge, fault.kind, fault.node, i}); };
    switch (fault.kind) {
      case sim::FaultKind::node_drain:
        add(Edge::gives_up, fault.from + std::min(longest_drain, (fault.to - fault.from) / 2));
        [[fallthrough]];
      case sim::FaultKind::node_crash:
      case sim::FaultKind::node_hang:
      case sim::FaultKind::scheduler_restart:
        add(Edge::begins, fault.from);
        add(Edge::ends, fault.to);
        break;
      default:
        break;
    }
  }
  std::ranges::stable_sort(edges_, {}, [](const Entry& one) { return std::tuple(one.at, one.edge); });
}

std::vector<ProcessAction> ProcessFaults::take_due(Instant now) {
  std::vector<ProcessAction> actions;
  for (; next_ < edges_.size() && edges_[next_].at <= now; ++next_) apply(edges_[next_], actions);
  return actions;
}

std::optional<Instant> ProcessFaults::next() const {
  return next_ < edges_.size() ? std::optional(edges_[next_].at) : std::nullopt;
}

void ProcessFaults::apply(const Entry& entry, std::vector<ProcessAction>& actions) {
  using Kind = ProcessAction::Kind;
  const bool begins = entry.edge == Edge::begins;
  if (entry.kind == sim::FaultKind::scheduler_restart) {
    const bool changes = begins ? scheduler_downs_++ == 0 : --scheduler_downs_ == 0;
    if (changes) actions.push_back({begins ? Kind::end_scheduler : Kind::begin_scheduler});
    return;
  }
  Node& node = nodes_[entry.node.value];
  if (entry.kind == sim::FaultKind::node_hang) return apply_hang(entry, actions);
  if (entry.kind == sim::FaultKind::node_drain && begins) {
    if (node.downs == 0) actions.push_back({Kind::drain, entry.node});
    return;
  }
  apply_down(entry, actions);
}

void ProcessFaults::apply_hang(const Entry& entry, std::vector<ProcessAction>& actions) {
  Node& node = nodes_[entry.node.value];
  if (entry.edge == Edge::begins) {
    if (node.downs > 0) return;
    node.stops.insert(entry.fault);
    if (node.stops.size() == 1) actions.push_back({ProcessAction::Kind::stop, entry.node});
  } else if (node.stops.erase(entry.fault) > 0 && node.stops.empty()) {
    actions.push_back({ProcessAction::Kind::go_on, entry.node});
  }
}

void ProcessFaults::apply_down(const Entry& entry, std::vector<ProcessAction>& actions) {
  Node& node = nodes_[entry.node.value];
  if (entry.edge != Edge::ends) {
    node.stops.clear();
    if (node.downs++ == 0) actions.push_back({ProcessAction::Kind::kill, entry.node});
  } else if (--node.downs == 0) {
    actions.push_back({ProcessAction::Kind::start, entry.node});
  }
}

}  // namespace camfleet::cli
