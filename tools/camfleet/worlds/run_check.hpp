#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "simulator/checker/analysis_watch.hpp"
#include "simulator/checker/checker.hpp"
#include "simulator/fault.hpp"
#include "tools/camfleet/worlds/stage.hpp"

namespace camfleet::cli {

/// From when on no fault of a run makes a difference, nor a node that joins; none: there are none, or the
/// clock is put forward or back.
std::optional<Instant> healed_from(std::span<const sim::Fault> faults, std::span<const Instant> joins,
                                   Instant from);

/// Has a run of the virtual world checked, by its messages, its rows and its findings.
class RunCheck {
 public:
  /// Both outlive it; the latter sees the rows too. The stage is set up, and knows from when on it is healed.
  RunCheck(Stage& stage, sim::RareSituations& situations);

  [[nodiscard]] check::AnalysisWatch& watch() { return watch_; }
  /// Once the run is over. Errors: broken_invariant; limit.
  result<void> close();

 private:
  void found(const Sample& sample);

  check::Checker checker_;
  check::AnalysisWatch watch_;
  result<void> error_ = success();
};

}  // namespace camfleet::cli
