#pragma once

#include <cstdint>
#include <string>

#include "actors/error.hpp"
#include "simulator/scenario.hpp"
#include "tools/camfleet/output.hpp"
#include "tools/camfleet/world.hpp"

namespace camfleet::cli {

/// Seeds from `first` to `last`, both included.
struct SeedRange {
  std::uint64_t first = 1;
  std::uint64_t last = 1;
};

/// "1..1000". Errors: bad_usage.
result<SeedRange> parse_seeds(const std::string& text);

/// Runs the scenario in the virtual world with every seed, on all cores, and prints how the sums spread over
/// them. Stops at the first seed that breaks an invariant or does not hold an expectation and says the one
/// command that repeats it: camfleet run with `arguments` and the seed. Errors: those of run_virtual, with
/// that command; expectations that did not hold leave `held` false.
result<void> run_seeds(const sim::Scenario& scenario, const std::string& arguments, SeedRange seeds,
                       const RunOptions& options, Output& out, bool& held);

}  // namespace camfleet::cli
