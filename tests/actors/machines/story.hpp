#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "actors/base/error.hpp"

namespace camfleet::testing {

/// One story of a machine (README.md): what it is told and when, and what it does then.
struct Story {
  std::string machine;  ///< the file's name
  int line = 0;         ///< of its title
  std::string title;
  std::map<std::string, std::string> keys;
  std::vector<std::string> lines;  ///< what it is told, and indented what it does
};

/// The stories of a file. Errors: unreadable; corrupt: a line that belongs to no story.
result<std::vector<Story>> read_stories(const std::filesystem::path& file);

/// The machines that have stories.
std::vector<std::string> story_machines();

/// The lines of a story as the machine tells them. What cannot be told is said in a line of its own.
std::vector<std::string> tell(const Story& story);

/// What the machine does otherwise than the story says, line by line; empty: nothing.
std::string differences(const Story& story);

/// The names of all messages that a machine takes.
std::set<std::string_view> messages_of(std::string_view machine);

/// The names of the messages that a story tells its machine.
std::set<std::string_view> messages_in(const Story& story);

}  // namespace camfleet::testing
