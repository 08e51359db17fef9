#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "runtime/service/metrics.hpp"

namespace camfleet::service {

/// Gauges by node. Thread-safe.
class NodeFamilies {
 public:
  explicit NodeFamilies(prometheus::Registry& registry);
  /// See Metrics::set_nodes.
  void set(const std::vector<NodeFigures>& nodes);

 private:
  /// One figure of each node.
  struct Figure {
    prometheus::Family<prometheus::Gauge>* family;
    double (*of)(const NodeFigures& node);
  };

  std::vector<Figure> figures_;
  std::mutex mutex_;
  std::map<std::string, std::vector<prometheus::Gauge*>> gauges_;  ///< by node, in the order of the figures
};

}  // namespace camfleet::service
