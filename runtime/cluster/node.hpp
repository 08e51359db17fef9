#pragma once

#include <functional>
#include <string>
#include <vector>

#include "actors/base/error.hpp"
#include "runtime/cluster/node_end.hpp"

namespace camfleet::cluster {

/// A process of a cluster that carries devices: joins, works, and joins again when its connection has ended.
class Node {
 public:
  struct Settings {
    link::Call::Settings call;
    link::NodeKeys keys;
    Hello hello;
    std::vector<std::string> algorithms;  ///< see NodeEnd
    unsigned threads = 1;
    std::string spool;  ///< the file of its findings
  };
  /// All outlives it.
  struct Parts {
    const media::SourceRegistry* sources;
    plant::EngineSet* engines;
    plant::ProblemLog* problems;
  };
  struct Hooks {
    /// What there is to tell the operator, a line each.
    std::function<void(const std::string& line)> say;
    /// Waits for so long, or until the node is to end: then true.
    std::function<bool(Duration span)> wait;
  };

  /// Until it is to end; then what was found has a few seconds to get to the scheduler. Errors: of the spool;
  /// forbidden: the scheduler does not take it, and would not later; not_found, unreadable (the keys).
  static result<void> run(const Settings& settings, const Parts& parts, const Hooks& hooks);
};

/// How long to wait before a call, after so many that have failed: from 0.2 s, doubled each time up to 10 s,
/// of which `chance` in [0, 1) takes up to half off, so that the nodes of a scheduler that was away do not
/// all call at once.
Duration pause_before_call(unsigned failures, double chance);

}  // namespace camfleet::cluster
