#include "simulator/scenario.hpp"
#include "simulator/summary.hpp"
#include "tools/camfleet/commands.hpp"
#include "tools/camfleet/options.hpp"
#include "tools/camfleet/run_output.hpp"

namespace camfleet::cli {
namespace {

result<World> parse_world(const std::string& text) {
  if (text == "real") return World::real;
  if (text == "replay") return World::replay;
  return fail(Errc::bad_usage, "--world",
              "'" + text + "' is not a world of this version; write real or replay");
}

result<ExitCode> run(const Values& values, Output& out) {
  CAMFLEET_TRY(const World world, parse_world(values.text("world")));
  if (world == World::replay && values.text("speed") != "1")
    return fail(Errc::bad_usage, "--speed", "the replay world has no speed; leave it out, or --world replay");
  CAMFLEET_TRY(sim::Scenario scenario, sim::load_scenario(values.positionals().front()));
  if (values.has("seed")) {
    CAMFLEET_TRY(const auto seed, values.whole("seed", 0, INT64_MAX));
    scenario.seed = static_cast<std::uint64_t>(seed);
  }
  RunReport report;
  CAMFLEET_CHECK(run_and_print(scenario, world, values, out, report));
  if (!report.stopped_by.empty()) {
    write_error_line("camfleet run: " + report.stopped_by + " ended the run early; the ledger is complete");
    return ExitCode::failed;
  }
  return sim::all_held(report.summary) ? ExitCode::fine : ExitCode::expectation_failed;
}

}  // namespace

Command run_command() {
  Command command{
      .name = "run",
      .summary = "run a scenario and weigh its expectations",
      .about =
          "A scenario is one YAML file: a fleet of devices, the instances that analyse them with their "
          "schedules, a span of time, and what is expected. In the real world the actors run on threads, in "
          "real time or faster, and pull cameras, network video, files and pictures. In the replay world "
          "time "
          "is virtual: files and pictures are analysed twice with the same result. SIGINT or SIGTERM ends a "
          "run in order, with the ledger complete; a second one at once.",
      .positionals = {.name = "SCENARIO.yaml", .help = "the scenario file", .least = 1, .most = 1},
      .options = run_options(),
      .examples = {{"camfleet run scenarios/first_look.yaml --speed max --out out/first_look",
                    "real footage under each schedule type, as fast as it is decoded"},
                   {"camfleet run scenarios/first_look.yaml --world replay --json",
                    "the same in virtual time; the summary as JSON, for a program"}},
      .has_expectations = true,
      .run = run,
  };
  const std::vector<Option> own{
      {.name = "world",
       .argument = "real|replay",
       .help = "who drives the actors, and on what: threads and cameras, or virtual time and footage",
       .default_value = "real"},
      {.name = "speed",
       .argument = "X|max",
       .help =
           "how fast time passes in the real world: a factor, or max = as fast as footage is decoded; live "
           "sources want 1",
       .default_value = "1"},
      {.name = "seed", .argument = "N", .help = "takes the place of the scenario's seed"}};
  command.options.insert(command.options.begin(), own.begin(), own.end());
  return command;
}

}  // namespace camfleet::cli
