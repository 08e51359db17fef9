#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "actors/base/error.hpp"

namespace camfleet::testing {

/// One block of a calendar text test (calendar/README.md).
struct CalendarBlock {
  std::string file;
  int line = 0;  ///< of its title
  std::string title;
  std::map<std::string, std::string> keys;
  std::vector<std::string> expected;
};

/// The blocks of a file. Errors: unreadable, and invalid_field with file and line.
result<std::vector<CalendarBlock>> read_blocks(const std::filesystem::path& file);

/// What the calendar answers to the block, in the form of `expected`.
std::vector<std::string> run_block(const CalendarBlock& block);

/// Both texts line by line: "  same", "- expected", "+ got".
std::string diff(const std::vector<std::string>& expected, const std::vector<std::string>& got);

}  // namespace camfleet::testing
