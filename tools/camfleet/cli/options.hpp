#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "tools/camfleet/cli/command.hpp"

namespace camfleet::cli {

/// The longest list of arguments that is read; file lists of a shell's wildcard fit.
inline constexpr std::size_t max_arguments = 100'000;

/// What was given on a command line. Asking for an option that the command does not declare is a defect of
/// the command.
class Values {
 public:
  /// True when the option was given or has a default.
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const { return has(name); }

  /// The value, never empty. The option must be there: required, with a default, or asked for with has().
  [[nodiscard]] const std::string& text(std::string_view name) const;

  /// All values of a repeatable option, in order; empty when it was not given.
  [[nodiscard]] std::vector<std::string> list(std::string_view name) const;

  /// The typed getters need the option to be there, like text(). Errors: invalid_field at "--name".
  [[nodiscard]] result<std::int64_t> whole(std::string_view name, std::int64_t least,
                                           std::int64_t most) const;
  [[nodiscard]] result<Duration> span(std::string_view name) const;    ///< "90s", "30d": see parse_span
  [[nodiscard]] result<Instant> instant(std::string_view name) const;  ///< see parse_iso
  /// The position in `choices` of the value.
  [[nodiscard]] result<std::size_t> choice(std::string_view name,
                                           std::span<const std::string_view> choices) const;

  /// The arguments without a name, in order; as many as the command asks for.
  [[nodiscard]] const std::vector<std::string>& positionals() const { return positionals_; }

 private:
  friend class Reader;
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> positionals_;
};

/// Reads the arguments that follow the command's name. `--name value` and `--name=value` are the same; names
/// are not abbreviated; after `--` everything is positional. Errors: bad_usage, missing_field,
/// duplicate_field, limit; `where` is the option as typed.
result<Values> parse_options(const Command& command, const std::vector<std::string>& arguments);

/// True when --help or -h stands before any `--`.
bool asks_for_help(const std::vector<std::string>& arguments);

}  // namespace camfleet::cli
