#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "actors/base/error.hpp"
#include "simulator/scenario.hpp"
#include "tools/camfleet/cli/output.hpp"
#include "tools/camfleet/worlds/world.hpp"

namespace camfleet::cli {

/// Numbers from `first` to `last`, both included.
struct RunRange {
  std::uint64_t first = 1;
  std::uint64_t last = 1;
};

inline constexpr std::uint64_t most_runs = 1'000'000;

/// "1..1000" of `option`. Errors: bad_usage.
result<RunRange> parse_range(const std::string& option, const std::string& text);

/// Runs of one scenario that differ in something numbered.
struct ManyRuns {
  RunRange range;
  std::string name{};                                       ///< of the scenario
  std::string what;                                         ///< of all of them: "seeds", "faults"
  std::string one{};                                        ///< of each: "seed", "fault"
  std::vector<std::string> expectations{};                  ///< of each, in their order
  std::function<sim::Scenario(std::uint64_t)> scenario_of;  ///< by number; on several threads
  std::function<std::string(std::uint64_t)> label_of;       ///< "seed 17"
  std::function<std::string(std::uint64_t)> again_of;       ///< the arguments of camfleet run that repeat it
};

/// The scenario with every seed of the range. `arguments`: those of camfleet run that are the same for all.
ManyRuns seeds_of(const sim::Scenario& scenario, RunRange seeds, const std::string& arguments);

/// The scenario with one of its dated faults at each instant at which something happens in the run without
/// them, one run each: first the first fault at each instant, then the second. Drawn faults stay. `range`:
/// "all", or the numbers of some. Errors: bad_usage: the range; invalid_field: no dated fault; limit: more
/// than most_runs; those of run_virtual.
result<ManyRuns> sweep_of(const sim::Scenario& scenario, const std::string& range,
                          const std::string& arguments, const RunOptions& options);

/// A word as a shell takes it, quoted where it must be.
std::string for_shell(const std::string& word);

/// "; again by: camfleet run " and the arguments, with a planted defect where there is one.
std::string again_by(const std::string& arguments);

struct ManyRunsOptions {
  bool keep_going = false;      ///< past runs that do not pass: they are counted
  bool json = false;            ///< a line for each, in their order, and one of quantiles, instead of tables
  std::filesystem::path junit;  ///< file for a report of test cases; empty: none
};

/// Runs them in the virtual world, on all cores, and prints how their sums spread, and how often which fault
/// befell them. Stops at the first that breaks an invariant or does not hold an expectation, unless it keeps
/// going, and says the one command that repeats it; `held`: all passed. Errors: those of run_virtual, with
/// that command, unless it keeps going; io.
result<void> run_many(const ManyRuns& runs, const RunOptions& options, const ManyRunsOptions& how,
                      Output& out, bool& held);

}  // namespace camfleet::cli
