#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "actors/base/error.hpp"

namespace camfleet::cli {

class Output;
class Values;

/// How the program ends.
enum class ExitCode : int {
  fine = 0,
  expectation_failed = 1,
  bad_input = 2,  ///< bad usage or bad input; one line on stderr says what, where, and what would be right
  failed = 3,     ///< a failure while running
};

/// The code that an error ends with unless the command decides otherwise: bad_input for what the caller can
/// put right.
ExitCode exit_code_of(Errc code);

/// One `--name ARGUMENT`, or a flag when `argument` is empty.
struct Option {
  std::string name{};           ///< without the dashes
  std::string argument{};       ///< as the help shows it: "N", "FILE", "real|virtual"
  std::string help{};           ///< what it is, its unit and range; no full stop
  std::string default_value{};  ///< the value when it is not given; empty = none
  bool required = false;
  bool repeatable = false;
  std::string group = "options";  ///< the heading of the help under which it stands
};

/// The arguments without a name.
struct Positionals {
  std::string name{};  ///< as the help shows it: "SCENARIO.yaml"
  std::string help{};
  std::size_t least = 0;
  std::size_t most = 0;  ///< 0: the command takes none
};

struct Example {
  std::string command{};  ///< as typed, with a backslash before each line break
  std::string shows{};    ///< what one sees
};

/// A command: what it says of itself and what it does.
struct Command {
  std::string name{};
  std::string summary{};  ///< one line for the list of commands; no capital, no full stop
  std::string about{};    ///< two to four sentences for a newcomer
  Positionals positionals{};
  std::vector<Option> options{};  ///< --help is added to every command
  std::vector<Example> examples{};
  bool has_expectations = false;  ///< it may end with expectation_failed

  /// Called with values that are declared, complete and not empty. What it writes to `out` is all that stdout
  /// gets. An error is printed as one line and ends the program with exit_code_of its code.
  result<ExitCode> (*run)(const Values& values, Output& out) = nullptr;
};

}  // namespace camfleet::cli
