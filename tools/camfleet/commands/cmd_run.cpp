#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "simulator/scenario.hpp"
#include "simulator/summary.hpp"
#include "tools/camfleet/cli/options.hpp"
#include "tools/camfleet/commands/commands.hpp"
#include "tools/camfleet/worlds/many_runs.hpp"
#include "tools/camfleet/worlds/run_output.hpp"
#include "tools/camfleet/worlds/verdict.hpp"

namespace camfleet::cli {
namespace {

result<World> parse_world(const std::string& text) {
  if (text == "real") return World::real;
  if (text == "replay") return World::replay;
  if (text == "virtual") return World::virtual_time;
  return fail(Errc::bad_usage, "--world", "'" + text + "' is not a world; write real, replay or virtual");
}

/// The arguments that have the same run again, but for its seed.
std::string again_arguments(const Values& values) {
  std::string arguments = for_shell(values.positionals().front()) + " --world " + values.text("world");
  for (const char* name : {"costs", "catalogue", "nodes", "seed"}) {
    if (values.has(name)) arguments += std::string(" --") + name + " " + for_shell(values.text(name));
  }
  if (values.text("speed") != "1") arguments += " --speed " + for_shell(values.text("speed"));
  return arguments;
}

/// `option`, seeds or sweep, asks for many runs.
result<ExitCode> run_all(const sim::Scenario& scenario, World world, const std::string& option,
                         const Values& values, Output& out) {
  for (const std::string& other : {std::string("out"), std::string(option == "sweep" ? "seeds" : "seed")}) {
    if (values.has(other))
      return fail(Errc::bad_usage, "--" + option,
                  "runs many times and keeps no records; leave out --" + other);
  }
  if (world != World::virtual_time)
    return fail(Errc::bad_usage, "--" + option, "needs virtual time; add --world virtual");
  CAMFLEET_TRY(const RunOptions options, read_run_options(values));
  ManyRuns runs;
  if (option == "sweep") {
    CAMFLEET_TRY(runs, sweep_of(scenario, values.text(option), again_arguments(values), options));
  } else {
    CAMFLEET_TRY(const RunRange seeds, parse_range(option, values.text(option)));
    runs = seeds_of(scenario, seeds, again_arguments(values));
  }
  ManyRunsOptions how{.keep_going = values.flag("keep-going"), .json = values.flag("json"), .junit = {}};
  if (values.has("junit")) how.junit = values.text("junit");
  bool held = false;
  CAMFLEET_CHECK(run_many(runs, options, how, out, held));
  return held ? ExitCode::fine : ExitCode::expectation_failed;
}

/// For --junit: what came of one run.
result<void> report_tests(const sim::Scenario& scenario, const result<void>& ran, const RunReport& report,
                          const Values& values) {
  std::vector<TestCase> cases{
      invariants_case(ran.has_value() ? std::nullopt : std::optional<Error>(ran.error()))};
  double seconds = 0;
  if (ran.has_value()) {
    seconds = report.summary["wall_s"].get<double>();
    const std::string again = again_by(again_arguments(values));
    for (TestCase& one : expectation_cases(report.summary["expectations"], again))
      cases.push_back(std::move(one));
  }
  if (!report.stopped_by.empty()) {
    cases.front().outcome = TestCase::Outcome::broken;
    cases.front().message = report.stopped_by + " ended the run early";
  }
  return write_junit(values.text("junit"), scenario.name, seconds, cases);
}

/// Whether nodes keep such a time. Errors: bad_usage.
result<void> check_speed_of_nodes(const std::string& text) {
  // Leases run on real time: what passes within one is to be seconds of a slice, not all of it.
  constexpr std::int64_t most = 1000 * timing::Speed::real_time;
  CAMFLEET_TRY(const timing::Speed speed, parse_speed(text));
  if (!speed.is_max() && *speed.millionths <= most) return success();
  return fail(Errc::bad_usage, "--speed",
              "with nodes a number, at most 1000: they keep a time that passes by itself, and what they say "
              "to each other takes real time");
}

/// Each is a process in the real world.
std::int64_t most_nodes(World world) {
  constexpr std::int64_t most_processes = 64;
  return world == World::real ? most_processes : static_cast<std::int64_t>(max_nodes);
}

result<ExitCode> run_scenario(const Values& values, Output& out) {
  CAMFLEET_TRY(const World world, parse_world(values.text("world")));
  if (world != World::real && values.text("speed") != "1")
    return fail(Errc::bad_usage, "--speed",
                "only the real world has one: in virtual time nothing waits; leave out --speed or --world " +
                    values.text("world"));
  CAMFLEET_TRY(sim::Scenario scenario, sim::load_scenario(values.positionals().front()));
  if (values.has("seed")) {
    CAMFLEET_TRY(const auto seed, values.whole("seed", 0, INT64_MAX));
    scenario.seed = static_cast<std::uint64_t>(seed);
  }
  if (values.has("costs")) {
    if (world != World::virtual_time)
      return fail(Errc::bad_usage, "--costs",
                  "only the virtual world has modelled costs; add --world virtual");
    scenario.costs = values.text("costs");
  }
  if (values.has("nodes")) {
    if (world == World::replay)
      return fail(Errc::bad_usage, "--nodes",
                  "the replay world is one process; leave it out, or take another --world");
    if (world == World::real) CAMFLEET_CHECK(check_speed_of_nodes(values.text("speed")));
    CAMFLEET_TRY(const auto nodes, values.whole("nodes", 1, most_nodes(world)));
    const auto count = static_cast<std::uint32_t>(nodes);
    CAMFLEET_CHECK(world == World::virtual_time ? sim::replace_nodes(scenario, count)
                                                : sim::use_processes(scenario, count));
  }
  for (const char* option : {"sweep", "seeds"}) {
    if (values.has(option)) return run_all(scenario, world, option, values, out);
  }
  if (values.flag("keep-going"))
    return fail(Errc::bad_usage, "--keep-going", "is about many runs; add --seeds A..B or --sweep all");
  RunReport report;
  const auto ran = run_and_print(scenario, world, values, out, report);
  if (values.has("junit")) CAMFLEET_CHECK(report_tests(scenario, ran, report, values));
  CAMFLEET_CHECK(ran);
  if (const std::string loss = unexpected_loss(report.summary); !loss.empty())
    write_error_line("camfleet run: " + loss);
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
          "is virtual: files and pictures are analysed twice with the same result. In the virtual world "
          "cameras and "
          "analyses are modelled too, with the scenario's faults: months pass in seconds. SIGINT or SIGTERM "
          "ends a "
          "run in order, with the ledger complete; a second one at once.",
      .positionals = {.name = "SCENARIO.yaml", .help = "the scenario file", .least = 1, .most = 1},
      .options = run_options(),
      .examples =
          {{"camfleet run scenarios/first_look.yaml --world replay --out out/first_look",
            "footage and a synthetic camera under each schedule type, in virtual time"},
           {"camfleet run scenarios/synthetic_day.yaml --json",
            "fifty synthetic cameras in real time; the summary as JSON, for a program"},
           {"camfleet run scenarios/city_month.yaml --world virtual",
            "a month of 10,000 modelled cameras, with faults"},
           {"camfleet run scenarios/camera_outages.yaml --world virtual --seeds 1..20",
            "twenty draws of the same evening's faults"},
           {"camfleet run scenarios/camera_outages.yaml --world virtual --seeds 1..20 --keep-going --json",
            "a line of JSON for each of them, and one of how they spread"},
           {"camfleet run scenarios/outage_sweep.yaml --world virtual --sweep all",
            "one outage at each event of two minutes, one run each"}},
      .has_expectations = true,
      .run = run_scenario,
  };
  const std::vector<Option> own{
      {.name = "world",
       .argument = "real|replay|virtual",
       .help =
           "who drives the actors, and on what: threads and cameras, or virtual time and footage or models",
       .default_value = "real"},
      {.name = "speed",
       .argument = "X|max",
       .help =
           "how fast time passes in the real world: a factor, or max = as fast as footage is decoded; live "
           "sources want 1",
       .default_value = "1"},
      {.name = "seed", .argument = "N", .help = "takes the place of the scenario's seed"},
      {.name = "costs",
       .argument = "FILE",
       .help = "what decoding and analysis cost in the virtual world, as camfleet calibrate measures it"},
      {.name = "nodes",
       .argument = "N",
       .help = "in the virtual world: N nodes like the scenario's first in the place of its own; in the real "
               "world: N processes of this machine that carry the devices, up to 64"},
      {.name = "seeds",
       .argument = "A..B",
       .help =
           "in the virtual world: runs every seed from A to B on all cores, stops at the first that breaks "
           "an invariant, and says how to repeat it"},
      {.name = "sweep",
       .argument = "all|A..B",
       .help = "in the virtual world: one fault at each event, one run each: every fault of the scenario "
               "that has an instant is put at each at which something happens, and so is a node that joins; "
               "A..B runs some of them again"},
      {.name = "keep-going",
       .help = "with --seeds or --sweep: counts the runs that do not pass instead of stopping at the first"},
      {.name = "junit",
       .argument = "FILE",
       .help = "writes a report that machines which build and test read: each expectation is a test case"}};
  command.options.insert(command.options.begin(), own.begin(), own.end());
  return command;
}

}  // namespace camfleet::cli
