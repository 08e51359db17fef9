#include "tools/camfleet/cli/help.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/camfleet/cli/text_width.hpp"

namespace camfleet::cli {
namespace {

struct Entry {
  std::string head;
  std::string text;
};

/// Appends words, broken at `help_columns`; the first line begins where `out` stands, at column `at`, the
/// others at `indent`.
void append_wrapped(std::string& out, const std::vector<std::string>& words, std::size_t at,
                    std::size_t indent) {
  bool begins_line = true;
  for (const std::string& word : words) {
    const std::size_t width = display_width(word);
    if (!begins_line && at + 1 + width > help_columns) {
      out += '\n';
      out.append(indent, ' ');
      at = indent;
      begins_line = true;
    }
    if (!begins_line) {
      out += ' ';
      ++at;
    }
    out += word;
    at += width;
    begins_line = false;
  }
  out += '\n';
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    if (space > 0) words.emplace_back(text.substr(0, space));
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return words;
}

/// A heading and its entries, the texts below each other; a head that is too long has a line of its own.
void append_entries(std::string& out, std::string_view heading, const std::vector<Entry>& entries) {
  constexpr std::size_t widest_head = 26;
  std::size_t indent = 0;
  for (const Entry& entry : entries) {
    const std::size_t width = display_width(entry.head) + 4;
    if (width <= widest_head) indent = std::max(indent, width);
  }
  if (indent == 0) indent = widest_head;
  out += '\n';
  out += heading;
  out += ":\n";
  for (const Entry& entry : entries) {
    out += "  " + entry.head;
    const std::size_t at = display_width(entry.head) + 2;
    if (at + 2 > indent) {
      out += '\n';
      out.append(indent, ' ');
    } else {
      out.append(indent - at, ' ');
    }
    append_wrapped(out, words_of(entry.text), indent, indent);
  }
}

std::string written(const Option& option) {
  return "--" + option.name + (option.argument.empty() ? "" : " " + option.argument);
}

/// The options and arguments of the usage line, one piece each: a piece is not broken.
std::vector<std::string> usage_pieces(const Command& command) {
  std::vector<std::string> pieces{"camfleet", command.name};
  const Positionals& positionals = command.positionals;
  if (positionals.most > 0) {
    const std::string name = positionals.name + (positionals.most > 1 ? "..." : "");
    pieces.push_back(positionals.least > 0 ? name : "[" + name + "]");
  }
  for (const bool required : {true, false}) {
    for (const Option& option : command.options) {
      if (option.required != required) continue;
      const std::string piece = written(option) + (option.repeatable ? "..." : "");
      pieces.push_back(required ? piece : "[" + piece + "]");
    }
  }
  return pieces;
}

Entry entry_of(const Option& option) {
  std::string text = option.help;
  if (option.required) text += " (required)";
  if (!option.default_value.empty()) text += " (default: " + option.default_value + ")";
  if (option.repeatable) text += " (may be given again)";
  return {written(option), text};
}

void append_exit_codes(std::string& out, bool has_expectations) {
  std::vector<Entry> codes{{"0", "fine"}};
  if (has_expectations) codes.push_back({"1", "an expectation failed"});
  codes.push_back({"2", "bad usage or bad input; one line on stderr says what would be right"});
  codes.push_back({"3", "a failure while running"});
  append_entries(out, "exit codes", codes);
}

}  // namespace

std::string overview(std::span<const Command> commands) {
  std::string out =
      "camfleet runs scheduled video analytics over fleets of cameras, and simulates them.\n"
      "\n"
      "usage: camfleet COMMAND [OPTIONS]\n"
      "       camfleet help COMMAND\n";
  std::vector<Entry> entries;
  bool has_expectations = false;
  for (const Command& command : commands) {
    entries.push_back({command.name, command.summary});
    has_expectations = has_expectations || command.has_expectations;
  }
  append_entries(out, "commands", entries);
  append_entries(out, "options",
                 {{"--help", "this text; after a command, that command's"}, {"--version", "the version"}});
  append_exit_codes(out, has_expectations);
  return out;
}

std::string help_of(const Command& command) {
  std::string out = "camfleet " + command.name + ": " + command.summary + "\n\nusage: ";
  append_wrapped(out, usage_pieces(command), 7, 11);
  out += '\n';
  append_wrapped(out, words_of(command.about), 0, 0);
  if (command.positionals.most > 0) {
    append_entries(out, "arguments", {{command.positionals.name, command.positionals.help}});
  }
  std::vector<std::pair<std::string, std::vector<Entry>>> groups;
  const auto group_named = [&](const std::string& name) -> std::vector<Entry>& {
    const auto found = std::ranges::find(groups, name, &std::pair<std::string, std::vector<Entry>>::first);
    return found != groups.end() ? found->second : groups.emplace_back(name, std::vector<Entry>()).second;
  };
  for (const Option& option : command.options) group_named(option.group).push_back(entry_of(option));
  group_named("options").push_back({"--help", "this text"});
  for (const auto& [name, entries] : groups) append_entries(out, name, entries);
  out += "\nexamples:\n";
  for (const Example& example : command.examples) {
    out += "  " + example.command + "\n        ";
    append_wrapped(out, words_of(example.shows), 8, 8);
  }
  append_exit_codes(out, command.has_expectations);
  return out;
}

}  // namespace camfleet::cli
