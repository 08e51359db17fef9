#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "actors/plan/roster.hpp"
#include "runtime/cluster/scheduler_end.hpp"

namespace camfleet::cluster {

/// The greatest ACU that a node may say it has.
inline constexpr std::uint32_t max_acu = 4096;

/// Which nodes a scheduler takes, and what their offers are by its roster's numbers. What it does not know of
/// a node's offer (an algorithm that is not in its catalogue) it leaves out: nothing will ask for it.
class Admission {
 public:
  /// `writing`: held by whoever writes to the roster; both outlive this. `models`: of each algorithm that the
  /// scheduler knows the model of, see AlgorithmOffer.
  Admission(Roster& roster, std::mutex& writing, std::map<std::string, std::string, std::less<>> models)
      : roster_(&roster), writing_(&writing), models_(std::move(models)) {}

  SchedulerEnd::Admission admit(const std::string& name, const Hello& hello);

 private:
  /// Why it is not taken; empty: it is.
  [[nodiscard]] std::string objection(const Hello& hello) const;
  result<SchedulerEnd::Admitted> enter(const std::string& name, const Hello& hello);

  Roster* roster_;
  std::mutex* writing_;
  std::map<std::string, std::string, std::less<>> models_;
};

}  // namespace camfleet::cluster
