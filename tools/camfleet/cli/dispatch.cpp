#include "tools/camfleet/cli/dispatch.hpp"

#include <algorithm>
#include <cassert>

#include "actors/base/text.hpp"
#include "tools/camfleet/cli/help.hpp"
#include "tools/camfleet/cli/nearest.hpp"
#include "tools/camfleet/cli/options.hpp"
#include "tools/camfleet/cli/output.hpp"

namespace camfleet::cli {
namespace {

constexpr std::string_view program = "camfleet";

/// Says what went wrong and gives the code to end with.
ExitCode complain(std::string_view who, const Error& error) {
  write_error_line(std::string(who) + ": " + error.line());
  return exit_code_of(error.code);
}

result<const Command*> find(std::span<const Command> commands, std::string_view name) {
  const auto found = std::ranges::find(commands, name, &Command::name);
  if (found != commands.end()) return &*found;
  if (name.starts_with('-')) {
    constexpr std::string_view known[] = {"--help", "--version"};
    const auto near = nearest(name, known);
    return fail(Errc::bad_usage, quote(name),
                near ? "unknown option; did you mean " + std::string(*near) + "?"
                     : "unknown option; a command comes first, `camfleet --help` lists them");
  }
  std::vector<std::string_view> names{"help"};
  for (const Command& command : commands) names.push_back(command.name);
  const auto near = nearest(name, names);
  return fail(Errc::bad_usage, quote(name),
              near ? "unknown command; did you mean " + std::string(*near) + "?"
                   : "unknown command; `camfleet --help` lists the commands");
}

ExitCode run_command(const Command& command, const std::vector<std::string>& arguments, Output& out) {
  assert(command.run != nullptr);
  const std::string who = std::string(program) + " " + command.name;
  if (asks_for_help(arguments)) {
    out.write(help_of(command));
    return ExitCode::fine;
  }
  const auto values = parse_options(command, arguments);
  if (!values.has_value()) return complain(who, values.error());
  const auto code = command.run(values.value(), out);
  return code.has_value() ? code.value() : complain(who, code.error());
}

ExitCode help(std::span<const Command> commands, const std::vector<std::string>& names, Output& out) {
  if (names.empty()) {
    out.write(overview(commands));
    return ExitCode::fine;
  }
  if (names.size() > 1) {
    return complain("camfleet help", {Errc::bad_usage, quote(names[1]),
                                      "one argument too many; help takes at most 1 command"});
  }
  const auto command = find(commands, names.front());
  if (!command.has_value()) return complain("camfleet help", command.error());
  out.write(help_of(*command.value()));
  return ExitCode::fine;
}

ExitCode choose(std::span<const Command> commands, std::string_view version,
                const std::vector<std::string>& arguments, Output& out) {
  if (arguments.empty()) {
    return complain(program,
                    {Errc::bad_usage, "", "no command is given; `camfleet --help` lists the commands"});
  }
  const std::string& first = arguments.front();
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (first == "--version") {
    out.write(std::string(program) + " " + std::string(version) + "\n");
    return ExitCode::fine;
  }
  if (first == "--help" || first == "-h") return help(commands, {}, out);
  if (first == "help") return help(commands, asks_for_help(rest) ? std::vector<std::string>() : rest, out);
  const auto command = find(commands, first);
  if (!command.has_value()) return complain(program, command.error());
  return run_command(*command.value(), rest, out);
}

}  // namespace

ExitCode exit_code_of(Errc code) {
  switch (code) {
    case Errc::missing_field:
    case Errc::invalid_field:
    case Errc::duplicate_field:
    case Errc::unknown_id:
    case Errc::bad_usage:
    case Errc::not_found:
    case Errc::forbidden:
    case Errc::unreadable:
    case Errc::unsupported:
    case Errc::too_large:
    case Errc::corrupt:
    case Errc::limit:
      return ExitCode::bad_input;
    case Errc::timed_out:
    case Errc::unreachable:
    case Errc::ended:
    case Errc::model:
    case Errc::io:
    case Errc::broken_invariant:
      return ExitCode::failed;
  }
  return ExitCode::failed;
}

ExitCode dispatch(std::span<const Command> commands, std::string_view version,
                  const std::vector<std::string>& arguments, Output& out) {
  const ExitCode code = choose(commands, version, arguments, out);
  const auto written = out.finish();
  return written.has_value() ? code : complain(program, written.error());
}

}  // namespace camfleet::cli
