#include "runtime/service/node_families.hpp"

#include <cstddef>
#include <set>

namespace camfleet::service {

NodeFamilies::NodeFamilies(prometheus::Registry& registry) {
  const auto add = [&](const char* name, const char* help, double (*of)(const NodeFigures&)) {
    figures_.push_back({&prometheus::BuildGauge().Name(name).Help(help).Register(registry), of});
  };
  using Node = NodeFigures;
  add("camfleet_node_up", "Whether the node is there: 1, or 0.",
      [](const Node& node) { return node.is_up ? 1.0 : 0.0; });
  add("camfleet_node_acu", "Cores that the node may keep busy.", [](const Node& node) { return node.acu; });
  add("camfleet_node_busy_cores", "Cores that the node's process keeps busy, over the last 3 s.",
      [](const Node& node) { return node.cores; });
  add("camfleet_node_devices", "Devices that are placed on the node.",
      [](const Node& node) { return static_cast<double>(node.devices); });
  add("camfleet_node_streams_open", "Streams that are open or opening on the node.",
      [](const Node& node) { return static_cast<double>(node.streams); });
  add("camfleet_node_slices_running", "Slices that run on the node.",
      [](const Node& node) { return static_cast<double>(node.slices); });
  add("camfleet_node_spooled_findings", "Findings of the node that are not in the store yet.",
      [](const Node& node) { return static_cast<double>(node.spooled); });
  add("camfleet_node_spooled_bytes", "Bytes of those and their pictures.",
      [](const Node& node) { return static_cast<double>(node.spooled_bytes); });
  add("camfleet_node_findings_lost",
      "Findings that had no room in the node's spool, since its process began.",
      [](const Node& node) { return static_cast<double>(node.findings_lost); });
  add("camfleet_node_pictures_lost",
      "Pictures that had no room in the node's spool, since its process began.",
      [](const Node& node) { return static_cast<double>(node.pictures_lost); });
  add("camfleet_node_round_trip_seconds", "Round trip of the node's last heartbeat that was answered.",
      [](const Node& node) { return std::chrono::duration<double>(node.round_trip).count(); });
}

void NodeFamilies::set(const std::vector<NodeFigures>& nodes) {
  const std::lock_guard lock(mutex_);
  std::set<std::string> there;
  for (const NodeFigures& node : nodes) {
    there.insert(node.name);
    std::vector<prometheus::Gauge*>& gauges = gauges_[node.name];
    for (std::size_t i = 0; i < figures_.size(); ++i) {
      if (gauges.size() == i) gauges.push_back(&figures_[i].family->Add({{"node", node.name}}));
      gauges[i]->Set(figures_[i].of(node));
    }
  }
  std::erase_if(gauges_, [&](const auto& one) {
    if (there.contains(one.first)) return false;
    for (std::size_t i = 0; i < figures_.size(); ++i) figures_[i].family->Remove(one.second[i]);
    return true;
  });
}

}  // namespace camfleet::service
