#pragma once

#include <string>
#include <vector>

#include "actors/base/error.hpp"
#include "tools/camfleet/cli/command.hpp"
#include "tools/camfleet/cli/options.hpp"
#include "tools/camfleet/cli/output.hpp"
#include "tools/camfleet/worlds/world.hpp"

namespace camfleet::cli {

enum class World { real, replay, virtual_time };

/// The options that every command has which runs a scenario: --out, --models, --catalogue, --threads, --json.
std::vector<Option> run_options();

/// Reads them. Errors: bad_usage.
result<RunOptions> read_run_options(const Values& values);

/// "max", "1", "60", "0.5". Errors: bad_usage.
result<timing::Speed> parse_speed(const std::string& text);

/// For RunOptions::filming: a progress bar where loops have to be made.
std::function<bool(std::size_t made, std::size_t all)> filming_progress();

/// Runs the scenario in one of the worlds, with a progress bar. Errors: those of the world.
result<void> run_with_progress(const sim::Scenario& scenario, World world, const RunOptions& options,
                               RunReport& report);

/// Says on stderr what went wrong with sources and models, each message once.
void print_problems(const plant::ProblemLog& problems);

/// Runs the scenario with a progress bar and prints what came of it: the summary as JSON with --json, else a
/// table of slices and findings per device, the sums and the expectations. What went wrong with sources and
/// models is said on stderr, each message once. Errors: those of the world.
result<void> run_and_print(const sim::Scenario& scenario, World world, const Values& values, Output& out,
                           RunReport& report);

}  // namespace camfleet::cli
