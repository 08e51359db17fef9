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
  /// Of each algorithm, see AlgorithmOffer.
  using Models = std::map<std::string, std::string, std::less<>>;
  /// Takes the lock of who writes to the roster.
  using Lock = std::function<std::unique_lock<std::mutex>()>;

  /// Both outlive it.
  Admission(Roster& roster, Lock lock) : roster_(&roster), lock_(std::move(lock)) {}

  /// Those of the scheduler, before anybody comes; of an algorithm that it has none for, that of the first
  /// node with one counts.
  void set_models(Models models) { models_ = std::move(models); }
  SchedulerEnd::Admission admit(const std::string& name, const Hello& hello);

 private:
  /// Why it is not taken; empty: it is.
  [[nodiscard]] std::string objection(const Hello& hello) const;
  result<SchedulerEnd::Admitted> enter(const std::string& name, const Hello& hello);

  Roster* roster_;
  Lock lock_;
  Models models_;  ///< guarded by the roster's lock
};

}  // namespace camfleet::cluster
