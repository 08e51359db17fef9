#pragma once

#include <string>
#include <vector>

#include <unistd.h>

#include "tests/tools/run_command.hpp"
#include "tools/camfleet/cli/dispatch.hpp"
#include "tools/camfleet/cli/output.hpp"
#include "tools/camfleet/commands/commands.hpp"

namespace camfleet::testing {

/// Runs calendar or rounds as main does, in a child process of this small program: the shared libraries of
/// the whole camfleet take longer to load than all these tests to run.
inline CommandResult pure_command(const std::vector<std::string>& arguments, const RunOptions& options = {}) {
  const auto body = [&] {
    cli::guard_standard_streams();
    const std::vector<cli::Command> commands{cli::calendar_command(), cli::rounds_command()};
    cli::Output out(STDOUT_FILENO);
    return static_cast<int>(cli::dispatch(commands, "0.0.0", arguments, out));
  };
  return run_in_child(body, options);
}

}  // namespace camfleet::testing
