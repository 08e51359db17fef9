#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/camfleet/cli/command.hpp"

namespace camfleet::cli {

/// Runs the command that `arguments` (without the program's name) begin with, or the help; errors are printed
/// to standard error as one line, "camfleet COMMAND: where: what". Standard output that cannot be written is
/// `failed`.
ExitCode dispatch(std::span<const Command> commands, std::string_view version,
                  const std::vector<std::string>& arguments, Output& out);

}  // namespace camfleet::cli
