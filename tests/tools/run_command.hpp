#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace camfleet::testing {

/// What a program left behind.
struct CommandResult {
  int exit_code = -1;  ///< 128 + its number when a signal ended the program
  std::string out;     ///< standard output; empty when it was sent elsewhere
  std::string err;     ///< standard error
};

struct RunOptions {
  std::string stdout_path{};               ///< standard output goes to this file or device; empty = captured
  std::string folder{};                    ///< the working folder; empty = the test's own
  std::vector<std::string> environment{};  ///< "NAME=value", over the test's own environment
  unsigned seconds_at_most = 100;          ///< a program that runs longer is ended by SIGALRM, exit code 142
};

/// Runs `body` in a child process; what it returns is the exit code.
CommandResult run_in_child(const std::function<int()>& body, const RunOptions& options = {});

/// Runs a program (searched in PATH when it has no slash) to its end, with an empty standard input.
CommandResult run_command(const std::vector<std::string>& command, const RunOptions& options = {});

/// Runs camfleet with these arguments.
CommandResult camfleet(std::vector<std::string> arguments, const RunOptions& options = {});

/// Runs a bash script in which "$CAMFLEET" is the program.
CommandResult camfleet_in_bash(const std::string& script, RunOptions options = {});

/// The lines of a text without their ends; a last line without an end counts.
std::vector<std::string> lines_of(std::string_view text);

}  // namespace camfleet::testing
