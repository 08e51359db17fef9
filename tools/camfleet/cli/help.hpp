#pragma once

#include <span>
#include <string>

#include "tools/camfleet/cli/command.hpp"

namespace camfleet::cli {

/// What `camfleet --help` prints.
std::string overview(std::span<const Command> commands);

/// What `camfleet help COMMAND` prints: usage, what it does, options, examples, exit codes.
std::string help_of(const Command& command);

/// Lines of at most 80 columns.
inline constexpr std::size_t help_columns = 80;

}  // namespace camfleet::cli
