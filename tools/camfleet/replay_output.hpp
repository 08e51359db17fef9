#pragma once

#include <string>
#include <vector>

#include "actors/error.hpp"
#include "tools/camfleet/command.hpp"
#include "tools/camfleet/options.hpp"
#include "tools/camfleet/output.hpp"
#include "tools/camfleet/world_replay.hpp"

namespace camfleet::cli {

/// The options that every replaying command has: --out, --models, --catalogue, --threads, --json.
std::vector<Option> replay_options();
result<ReplayOptions> read_replay_options(const Values& values);

/// Runs the scenario with a progress bar and prints what came of it: the summary as JSON with --json, else a
/// table of slices and findings per device, the sums and the expectations. What went wrong with sources and
/// models is said on stderr, each message once.
result<ReplayReport> replay_and_print(const sim::Scenario& scenario, const Values& values, Output& out);

}  // namespace camfleet::cli
