#include "simulator/scenario.hpp"
#include "simulator/summary.hpp"
#include "tools/camfleet/commands.hpp"
#include "tools/camfleet/options.hpp"
#include "tools/camfleet/replay_output.hpp"

namespace camfleet::cli {
namespace {

result<ExitCode> run(const Values& values, Output& out) {
  if (values.text("world") != "replay") {
    return fail(Errc::bad_usage, "--world",
                "'" + values.text("world") + "' is not a world of this version; write replay");
  }
  CAMFLEET_TRY(sim::Scenario scenario, sim::load_scenario(values.positionals().front()));
  if (values.has("seed")) {
    CAMFLEET_TRY(const auto seed, values.whole("seed", 0, INT64_MAX));
    scenario.seed = static_cast<std::uint64_t>(seed);
  }
  CAMFLEET_TRY(const ReplayReport report, replay_and_print(scenario, values, out));
  return sim::all_held(report.summary) ? ExitCode::fine : ExitCode::expectation_failed;
}

}  // namespace

Command run_command() {
  Command command{
      .name = "run",
      .summary = "run a scenario and weigh its expectations",
      .about =
          "A scenario is one YAML file: a fleet of devices, the instances that analyse them with their "
          "schedules, a span of "
          "time, and what is expected. In the replay world time is virtual, footage and algorithms are real: "
          "file:// and "
          "pictures:// devices are decoded and analysed as fast as this machine can, twice with the same "
          "result.",
      .positionals = {.name = "SCENARIO.yaml", .help = "the scenario file", .least = 1, .most = 1},
      .options = replay_options(),
      .examples = {{"camfleet run scenarios/first_look.yaml --world replay --out out/first_look",
                    "real footage under each schedule type, with pictures of the findings"},
                   {"camfleet run scenarios/first_look.yaml --world replay --json",
                    "the summary as JSON, for a program"}},
      .has_expectations = true,
      .run = run,
  };
  const std::vector<Option> own{
      {.name = "world",
       .argument = "replay",
       .help = "who drives the actors, and on what: replay = virtual time on real footage",
       .required = true},
      {.name = "seed", .argument = "N", .help = "takes the place of the scenario's seed"}};
  command.options.insert(command.options.begin(), own.begin(), own.end());
  return command;
}

}  // namespace camfleet::cli
