#include <fmt/core.h>

#include "simulator/scenario.hpp"
#include "simulator/scenario_schema.hpp"
#include "tools/camfleet/cli/options.hpp"
#include "tools/camfleet/cli/output.hpp"
#include "tools/camfleet/commands/commands.hpp"
#include "tools/camfleet/worlds/run_output.hpp"

namespace camfleet::cli {
namespace {

constexpr std::size_t most_files = 1000;

result<ExitCode> check_scenarios(const Values& values, Output& out) {
  const bool prints = values.flag("schema") || values.flag("reference");
  if (values.flag("schema") && values.flag("reference"))
    return fail(Errc::bad_usage, "--reference", "one document at a time; leave out --schema");
  if (prints != values.positionals().empty())
    return fail(Errc::bad_usage, "SCENARIO.yaml",
                "name the files to check, or print the --schema or the --reference");
  if (values.flag("schema")) out.write(sim::scenario_schema());
  if (values.flag("reference")) out.write(sim::scenario_reference());
  RunOptions options;
  options.ledger = false;
  if (values.has("catalogue")) options.catalogue = values.text("catalogue");
  if (values.has("seed") && !values.flag("faults"))
    return fail(Errc::bad_usage, "--seed", "draws faults; add --faults");
  for (const std::string& file : values.positionals()) {
    CAMFLEET_TRY(sim::Scenario scenario, sim::load_scenario(file));
    if (values.has("seed")) {
      CAMFLEET_TRY(const auto seed, values.whole("seed", 0, INT64_MAX));
      scenario.seed = static_cast<std::uint64_t>(seed);
    }
    RunReport report;
    const auto faults = check_virtual(scenario, options, report);
    if (!faults.has_value()) return pass(within(file, faults.error()));
    print_problems(report.problems);
    if (values.flag("faults")) {
      if (values.positionals().size() > 1) out.write(file + ":\n");
      for (const std::string& line : faults.value()) out.write(line + "\n");
      continue;
    }
    out.write(fmt::format("{}: {} devices, {} instances, {} s from {}\n", file, scenario.devices.size(),
                          scenario.instances.size(), to_seconds(scenario.span), to_iso(scenario.from)));
  }
  return ExitCode::fine;
}

}  // namespace

Command scenario_command() {
  return {
      .name = "scenario",
      .summary = "check scenario files, or print what they may hold",
      .about =
          "Reads each file as run does, with the fleet files that it includes, and says what it holds, or "
          "what "
          "is wrong in one line: file, line, field, value, and what would be right.",
      .positionals = {.name = "SCENARIO.yaml",
                      .help = "scenario files to check",
                      .least = 0,
                      .most = most_files},
      .options = {{.name = "catalogue",
                   .argument = "FILE",
                   .help = "a catalogue file (YAML) whose algorithms are added to the built-in ones"},
                  {.name = "faults",
                   .help = "prints the faults of each, those that are drawn among them: from when to when, "
                           "which, of whom"},
                  {.name = "seed", .argument = "N", .help = "takes the place of the scenario's seed"},
                  {.name = "schema", .help = "prints the JSON Schema of scenario files, for editors"},
                  {.name = "reference", .help = "prints the reference of all fields as Markdown"}},
      .examples = {{"camfleet scenario scenarios/city_month.yaml scenarios/node_storm.yaml",
                    "how many devices and instances each has, over which span"},
                   {"camfleet scenario scenarios/camera_outages.yaml --faults --seed 7",
                    "what befalls which camera with that seed"},
                   {"camfleet scenario --schema", "the schema"}},
      .run = check_scenarios,
  };
}

}  // namespace camfleet::cli
