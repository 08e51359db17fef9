#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "actors/base/error.hpp"
#include "simulator/rare_situations.hpp"
#include "tools/camfleet/worlds/world.hpp"

namespace camfleet::cli {

using FaultCounts = decltype(RunReport::faults);

/// How often which fault befell a run: "3 node_crash, 1 link_cut".
std::string mix_of(const FaultCounts& counts);

/// What is kept of one of many runs.
struct OneRun {
  static constexpr std::array<const char*, 6> names{"due",    "done",    "partial",
                                                    "missed", "skipped", "analysed"};
  std::uint64_t number = 0;
  std::array<std::uint64_t, names.size()> sums{};  ///< slices, and last samples that were analysed
  FaultCounts faults{};
  sim::RareSituations::Counts situations{};
  std::vector<std::string> not_held{};  ///< expectations, with their numbers
  std::vector<std::size_t> failed{};    ///< which those are
  std::optional<Error> error{};         ///< an invariant that is broken: then there are no sums

  [[nodiscard]] bool passed() const { return !error && not_held.empty(); }
};

/// Of run `number`, from what run_virtual came to.
OneRun one_run(std::uint64_t number, const result<void>& ran, const RunReport& report);

/// A line of JSON for it.
std::string json_line(const std::string& what, const OneRun& run);

/// How the sums of many runs spread. What it says is the same in whatever order they are added.
class RunSpread {
 public:
  void add(const OneRun& run);
  [[nodiscard]] std::uint64_t runs() const { return runs_; }
  [[nodiscard]] const FaultCounts& faults() const { return faults_; }
  /// Least, tenth, half and ninetieth of a hundred, most, and mean of each sum, a line each.
  [[nodiscard]] std::string table() const;
  /// How often a cluster came to what it seldom comes to, a line each; of others nothing.
  [[nodiscard]] std::string situations() const;
  /// The quantiles as a line of JSON.
  [[nodiscard]] std::string json_line() const;

 private:
  struct Quantiles {
    std::uint64_t least, p10, p50, p90, most;
    double mean;
  };
  /// Of one of OneRun::names; there is a run.
  [[nodiscard]] Quantiles quantiles(std::size_t sum) const;

  std::array<std::vector<std::uint64_t>, OneRun::names.size()> sums_;
  FaultCounts faults_{};
  sim::RareSituations::Counts situations_{};
  std::uint64_t runs_ = 0;
};

/// Runs that did not pass for one reason.
struct RunFailure {
  std::uint64_t runs = 0;
  OneRun first{};  ///< of the smallest number
};

/// The runs that did not pass.
class RunFailures {
 public:
  void add(const OneRun& run);
  [[nodiscard]] std::uint64_t runs() const { return runs_; }
  /// By expectation, as the scenario counts them.
  [[nodiscard]] const std::map<std::size_t, RunFailure>& by_expectation() const { return by_expectation_; }
  [[nodiscard]] const std::optional<RunFailure>& broken() const { return broken_; }
  /// The failed run of the smallest number; null when there is none.
  [[nodiscard]] const OneRun* first() const;

 private:
  static void count(RunFailure& kind, const OneRun& run);
  std::map<std::size_t, RunFailure> by_expectation_;
  std::optional<RunFailure> broken_;
  std::uint64_t runs_ = 0;
};

}  // namespace camfleet::cli
