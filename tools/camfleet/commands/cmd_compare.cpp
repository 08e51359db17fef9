#include <set>
#include <thread>

#include <fmt/core.h>

#include "simulator/cost_file.hpp"
#include "simulator/scenario.hpp"
#include "tools/camfleet/cli/options.hpp"
#include "tools/camfleet/cli/output.hpp"
#include "tools/camfleet/cli/progress.hpp"
#include "tools/camfleet/cli/table.hpp"
#include "tools/camfleet/commands/commands.hpp"
#include "tools/camfleet/worlds/calibration.hpp"
#include "tools/camfleet/worlds/film_costs.hpp"
#include "tools/camfleet/worlds/run_output.hpp"

namespace camfleet::cli {
namespace {

using nlohmann::json;

/// What is compared of two summaries: where it is, and what it is called.
struct Row {
  const char* where;
  const char* name;
  bool is_exact;  ///< a count that both worlds must agree on
};
constexpr Row rows[] = {{"/slices/due", "slices due", true},
                        {"/slices/done", "slices done", true},
                        {"/samples/due", "samples due", true},
                        {"/samples/analysed", "samples analysed", true},
                        {"/core_s", "core seconds", false},
                        {"/delay_s/p50", "delay, half of the samples (s)", false},
                        {"/delay_s/p99", "delay, 99 in 100 (s)", false}};

/// The algorithms of the scenario's instances, each once; what nobody knows is left to the run to refuse.
std::vector<const vision::Algorithm*> algorithms_of(const sim::Scenario& scenario,
                                                    const vision::Catalogue& catalogue) {
  std::vector<const vision::Algorithm*> found;
  std::set<std::string_view> ids;
  for (const InstanceSpec& spec : scenario.instances) {
    for (const AlgorithmSpec& algorithm : spec.algorithms) {
      if (!ids.insert(algorithm.id).second) continue;
      if (const auto* known = catalogue.find(algorithm.id)) found.push_back(known);
    }
  }
  return found;
}

result<Costs> costs_of(const sim::Scenario& scenario, const Values& values, const RunOptions& options) {
  if (values.has("costs")) return sim::load_costs(values.text("costs"));
  vision::Catalogue catalogue = vision::Catalogue::built_in();
  if (!options.catalogue.empty()) CAMFLEET_CHECK(catalogue.merge_file(options.catalogue));
  const auto algorithms = algorithms_of(scenario, catalogue);
  Progress progress("measuring this machine");
  CalibrationNotes notes;
  notes.left_out = [](std::string_view id, const Error& error) {
    write_error_line(fmt::format("camfleet compare: algorithm {} has a usual cost: {}", id, error.line()));
  };
  CAMFLEET_TRY(Costs costs, calibrate(algorithms, vision::ModelPath::standard(options.models), notes));
  RunOptions filming = options;
  filming.filming = filming_progress();
  CAMFLEET_CHECK(measure_films(scenario, std::move(filming), costs));
  progress.finish();
  return costs;
}

std::string table_of_worlds(const json& predicted, const json& measured) {
  Table table({{""},
               {"predicted", Align::right},
               {"measured", Align::right},
               {"measured / predicted", Align::right},
               {""}});
  for (const Row& row : rows) {
    const json& before = predicted[json::json_pointer(row.where)];
    const json& after = measured[json::json_pointer(row.where)];
    const auto text_of = [](const json& value) {
      return value.is_number_float() ? fmt::format("{:.3f}", value.get<double>()) : value.dump();
    };
    const std::string share =
        before == 0 ? "" : fmt::format("{:.2f}", after.get<double>() / before.get<double>());
    table.add(
        {row.name, text_of(before), text_of(after), share, row.is_exact && before != after ? "DIFFERS" : ""});
  }
  std::string text;
  table.flush(text);
  return text;
}

bool agree(const json& predicted, const json& measured) {
  if (predicted["plan_fingerprint"] != measured["plan_fingerprint"]) return false;
  return std::ranges::all_of(rows, [&](const Row& row) {
    const json::json_pointer where(row.where);
    return !row.is_exact || predicted[where] == measured[where];
  });
}

/// Both worlds must have the same to do it with.
void fit_to_this_machine(sim::Scenario& scenario, const RunOptions& options) {
  const auto say = [](const std::string& what) { write_error_line("camfleet compare: " + what); };
  if (!scenario.faults.empty())
    say("of the scenario's faults those of synthetic cameras are kept; others cannot be had really");
  if (scenario.counted) say("samples are simulated each: those that are counted have no delay");
  scenario.counted = false;
  const unsigned threads =
      options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  const bool is_same = scenario.nodes.size() == 1 && scenario.nodes.front().acu == threads;
  if (!scenario.nodes.empty() && !is_same)
    say(
        fmt::format("the scenario's nodes are left out: predicted and measured on one with {} ACU, the "
                    "threads of this machine or --threads",
                    threads));
  if (!is_same) scenario.nodes = {{"local", "", threads}};
  if (scenario.span > hours(1))
    say(fmt::format("the real run takes {} s, as long as the scenario", to_seconds(scenario.span)));
}

result<ExitCode> compare_worlds(const Values& values, Output& out) {
  CAMFLEET_TRY(sim::Scenario scenario, sim::load_scenario(values.positionals().front()));
  CAMFLEET_TRY(RunOptions options, read_run_options(values));
  fit_to_this_machine(scenario, options);
  options.film_faults_alone = true;
  CAMFLEET_TRY(options.costs, costs_of(scenario, values, options));
  RunReport predicted;
  CAMFLEET_CHECK(run_with_progress(scenario, World::virtual_time, options, predicted));
  RunReport measured;
  CAMFLEET_CHECK(run_with_progress(scenario, World::real, options, measured));
  print_problems(measured.problems);
  const bool is_early = !measured.stopped_by.empty();
  if (is_early) write_error_line("camfleet compare: " + measured.stopped_by + " ended the real run early");
  const json before = json::parse(predicted.summary.dump());
  const json after = json::parse(measured.summary.dump());
  if (values.flag("json")) {
    out.write(
        nlohmann::ordered_json{{"predicted", predicted.summary}, {"measured", measured.summary}}.dump(2) +
        "\n");
  } else {
    out.write(table_of_worlds(before, after));
  }
  if (is_early) return ExitCode::failed;
  return agree(before, after) ? ExitCode::fine : ExitCode::expectation_failed;
}

}  // namespace

Command compare_command() {
  Command command{
      .name = "compare",
      .summary = "run a scenario virtually and really, and compare",
      .about =
          "Predicts what a scenario takes, in the virtual world at the costs of this machine, then runs it "
          "really, in real time, and prints both side by side: slices, samples, core time, and how long "
          "after its instant a sample was analysed. It ends with 1 when slices or samples differ.",
      .positionals = {.name = "SCENARIO.yaml",
                      .help = "the scenario file; of its faults those of synthetic cameras are kept",
                      .least = 1,
                      .most = 1},
      .options = run_options(),
      .examples = {{"camfleet compare scenarios/busy_minute.yaml",
                    "ten samples at one instant on two cores"}},
      .has_expectations = true,
      .run = compare_worlds,
  };
  std::erase_if(command.options,
                [](const Option& one) { return one.name == "out" || one.name == "no-ledger"; });
  for (Option& one : command.options) {
    if (one.name == "json") one.help = "print both summaries as JSON instead of the table";
  }
  command.options.insert(
      command.options.begin(),
      {.name = "costs",
       .argument = "FILE",
       .help = "a cost file for the prediction; without one this machine is measured first"});
  return command;
}

}  // namespace camfleet::cli
