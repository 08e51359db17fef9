#include "tools/camfleet/cli/options.hpp"

#include <algorithm>
#include <cassert>

#include <boost/program_options.hpp>
#include <fmt/core.h>

#include "actors/base/text.hpp"
#include "tools/camfleet/cli/nearest.hpp"

namespace camfleet::cli {

namespace po = boost::program_options;

namespace {

auto failure(Error error) {
  return pass(std::move(error));
}

/// An option as typed for the place of an error, without the quotes of quote().
std::string shown_option(std::string_view typed) {
  const std::string quoted = quote(typed);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

/// Turns what Boost.Program_options read into Values, in the form of our errors.
class Reader {
 public:
  explicit Reader(const Command& command) : command_(&command) {}

  result<Values> read(const std::vector<std::string>& arguments) {
    if (arguments.size() > max_arguments) {
      return fail(Errc::limit, "arguments", fmt::format("{}; at most {}", arguments.size(), max_arguments));
    }
    const auto dashes = std::ranges::find(arguments, "--");
    CAMFLEET_TRY(const auto parsed, split({arguments.begin(), dashes}));
    for (const po::option& option : parsed) {
      if (option.string_key.empty()) {
        CAMFLEET_CHECK(add_bare(option.original_tokens.front()));
      } else {
        CAMFLEET_CHECK(add_option(option));
      }
    }
    for (auto at = dashes; at != arguments.end() && ++at != arguments.end();) {
      CAMFLEET_CHECK(add_positional(*at));
    }
    CAMFLEET_CHECK(complete());
    return std::move(values_);
  }

 private:
  [[nodiscard]] const Option* find(std::string_view name) const {
    const auto found = std::ranges::find(command_->options, name, &Option::name);
    return found == command_->options.end() ? nullptr : &*found;
  }

  [[nodiscard]] Error unknown(std::string_view typed) const {
    typed = typed.substr(0, typed.find('='));
    const std::string shown = shown_option(typed);
    std::vector<std::string_view> names{"help"};
    for (const Option& option : command_->options) names.push_back(option.name);
    const std::string_view bare = typed.substr(std::min(typed.find_first_not_of('-'), typed.size()));
    const auto near = nearest(bare, names);
    return {Errc::bad_usage, shown,
            near ? fmt::format("unknown option; did you mean --{}?", *near)
                 : fmt::format("unknown option; `camfleet {} --help` lists the options", command_->name)};
  }

  [[nodiscard]] Error without_value(std::string_view typed, std::string_view what) const {
    const std::string_view name = typed.substr(2);
    const Option* option = find(name);
    const std::string argument = option == nullptr ? "VALUE" : option->argument;
    return {Errc::bad_usage, std::string(typed), fmt::format("{}; write {} {}", what, typed, argument)};
  }

  [[nodiscard]] result<std::vector<po::option>> split(const std::vector<std::string>& arguments) const {
    namespace style = po::command_line_style;
    po::options_description declared;
    for (const Option& option : command_->options) {
      if (option.argument.empty()) {
        declared.add_options()(option.name.c_str(), "");
      } else {
        declared.add_options()(option.name.c_str(), po::value<std::string>(), "");
      }
    }
    try {
      return po::command_line_parser(arguments)
          .options(declared)
          .style(style::allow_long | style::long_allow_next | style::long_allow_adjacent)
          .run()
          .options;
    } catch (const po::unknown_option& error) {
      return failure(unknown(
          "--" + error.get_option_name().substr(std::min<std::size_t>(2, error.get_option_name().size()))));
    } catch (const po::invalid_command_line_syntax& error) {
      const std::string typed = error.get_option_name();
      if (error.kind() == po::invalid_syntax::extra_parameter) {
        return fail(Errc::bad_usage, typed, fmt::format("takes no value; write {} alone", typed));
      }
      const bool is_empty = error.kind() == po::invalid_syntax::empty_adjacent_parameter;
      return failure(without_value(typed, is_empty ? "has an empty value" : "has no value"));
    } catch (const std::exception& error) {
      return fail(Errc::bad_usage, "arguments",
                  fmt::format("{}; see `camfleet {} --help`", error.what(), command_->name));
    }
  }

  /// An argument that Boost did not take for an option; it knows none with a single dash.
  result<void> add_bare(const std::string& value) {
    if (value.size() > 1 && value.front() == '-') return failure(unknown(value));
    return add_positional(value);
  }

  result<void> add_positional(const std::string& value) {
    const Positionals& wanted = command_->positionals;
    if (wanted.most == 0) {
      return fail(Errc::bad_usage, quote(value),
                  fmt::format("unexpected argument; {} takes options only", command_->name));
    }
    if (values_.positionals_.size() == wanted.most) {
      return fail(Errc::bad_usage, quote(value),
                  fmt::format("one argument too many; {} takes at most {} {}", command_->name, wanted.most,
                              wanted.name));
    }
    if (value.empty()) return fail(Errc::bad_usage, wanted.name, "is empty; give a value or leave it out");
    values_.positionals_.push_back(value);
    return success();
  }

  result<void> add_option(const po::option& option) {
    const Option* declared = find(option.string_key);
    assert(declared != nullptr);
    const std::string where = "--" + declared->name;
    auto& values = values_.values_[declared->name];
    if (declared->argument.empty()) {
      values.assign(1, "true");
      return success();
    }
    const std::string& value = option.value.front();
    const bool separate = option.original_tokens.size() > 1;
    if (separate && value.starts_with("--")) {
      return fail(
          Errc::bad_usage, where,
          fmt::format("has no value; write {} {} before {}", where, declared->argument, quote(value)));
    }
    if (value.empty()) {
      return fail(Errc::invalid_field, where,
                  fmt::format("has an empty value; write {} {}", where, declared->argument));
    }
    if (!values.empty() && !declared->repeatable) {
      return fail(
          Errc::duplicate_field, where,
          fmt::format("is given twice, {} and {}; give it once", quote(values.front()), quote(value)));
    }
    values.push_back(value);
    return success();
  }

  result<void> complete() {
    for (const Option& option : command_->options) {
      if (values_.has(option.name)) continue;
      if (option.required) {
        return fail(Errc::missing_field, "--" + option.name,
                    fmt::format("absent; it is required, write --{} {}", option.name, option.argument));
      }
      if (!option.default_value.empty()) values_.values_[option.name] = {option.default_value};
    }
    const Positionals& wanted = command_->positionals;
    if (values_.positionals_.size() < wanted.least) {
      return fail(Errc::missing_field, wanted.name,
                  fmt::format("absent; write camfleet {} {}", command_->name, wanted.name));
    }
    return success();
  }

  const Command* command_;
  Values values_;
};

bool Values::has(std::string_view name) const {
  return values_.find(name) != values_.end();
}

const std::string& Values::text(std::string_view name) const {
  const auto found = values_.find(name);
  assert(found != values_.end() && !found->second.empty());
  return found->second.front();
}

std::vector<std::string> Values::list(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

result<std::int64_t> Values::whole(std::string_view name, std::int64_t least, std::int64_t most) const {
  const auto value = parse_int(text(name));
  if (value && *value >= least && *value <= most) return *value;
  return fail(
      Errc::invalid_field, fmt::format("--{}", name),
      fmt::format("{} is not allowed; write a whole number from {} to {}", quote(text(name)), least, most));
}

result<Duration> Values::span(std::string_view name) const {
  auto value = parse_span(text(name));
  if (value.has_value()) return value.value();
  return fail(value.error().code, fmt::format("--{}", name), value.error().what);
}

result<Instant> Values::instant(std::string_view name) const {
  auto value = parse_iso(text(name));
  if (value.has_value()) return value.value();
  return fail(value.error().code, fmt::format("--{}", name), value.error().what);
}

result<std::size_t> Values::choice(std::string_view name, std::span<const std::string_view> choices) const {
  const auto found = std::ranges::find(choices, text(name));
  if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  std::string right;
  for (const std::string_view known : choices) right += (right.empty() ? "" : ", ") + std::string(known);
  return fail(Errc::invalid_field, fmt::format("--{}", name),
              fmt::format("{} is not one of {}", quote(text(name)), right));
}

result<Values> parse_options(const Command& command, const std::vector<std::string>& arguments) {
  return Reader(command).read(arguments);
}

bool asks_for_help(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument == "--") return false;
    if (argument == "--help" || argument == "-h") return true;
  }
  return false;
}

}  // namespace camfleet::cli
