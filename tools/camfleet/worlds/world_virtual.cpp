#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

#include "actors/base/text.hpp"
#include "simulator/cost_file.hpp"
#include "simulator/modelled_kernel.hpp"
#include "tools/camfleet/worlds/kernel_run.hpp"
#include "tools/camfleet/worlds/run_check.hpp"

namespace camfleet::cli {
namespace {

constexpr std::uint64_t events_between_progress = 100'000;

/// Samples that wait at the analyzer of one node.
constexpr std::uint32_t samples_waiting = 256;

/// A planted defect, for trying whether the invariants find one: CAMFLEET_LOSE_ONE_IN=N.
std::uint64_t messages_to_lose() {
  const char* text = std::getenv("CAMFLEET_LOSE_ONE_IN");
  return text == nullptr ? 0 : parse_int<std::uint64_t>(text).value_or(0);
}

/// From when to when it befalls whom, and what it is.
std::string fault_line(const sim::Fault& fault, const Roster& roster) {
  std::string line = to_iso(fault.from) + " " + to_iso(fault.to) + " ";
  line += sim::fault_names[static_cast<std::size_t>(fault.kind)];
  const sim::Victim victim = sim::victim_of(fault.kind);
  if (victim == sim::Victim::camera) line += " " + roster[fault.device].id;
  if (victim == sim::Victim::node) line += " " + roster[fault.node].id;
  return line;
}

/// What a run needs beside its stage.
struct Before {
  std::vector<sim::Fault> faults;
  sim::Models models;
};

result<Before> prepare(Stage& stage, const sim::Scenario& scenario, const RunOptions& options) {
  Before before;
  CAMFLEET_CHECK(stage.set_up(Stage::any_kind, Stage::Engines::modelled));
  before.faults = stage.faults();
  if (options.costs) {
    before.models.costs = *options.costs;
  } else if (!scenario.costs.empty()) {
    CAMFLEET_TRY(before.models.costs, sim::load_costs(scenario.costs));
  }
  return before;
}

}  // namespace

result<std::vector<std::string>> check_virtual(const sim::Scenario& scenario, const RunOptions& options,
                                               RunReport& report) {
  Stage stage(scenario, options, report);
  CAMFLEET_TRY(Before before, prepare(stage, scenario, options));
  std::ranges::stable_sort(before.faults, {}, [](const sim::Fault& one) { return one.from; });
  std::vector<std::string> lines;
  lines.reserve(before.faults.size());
  for (const sim::Fault& one : before.faults) lines.push_back(fault_line(one, stage.roster()));
  return lines;
}

result<void> run_virtual(const sim::Scenario& scenario, const RunOptions& options,
                         const RunProgress& progress, RunReport& report) {
  Stage stage(scenario, options, report);
  CAMFLEET_TRY(Before before, prepare(stage, scenario, options));
  auto& [faults, models] = before;
  for (const sim::Fault& one : faults) ++report.faults[static_cast<std::size_t>(one.kind)];
  sim::EventQueue queue(scenario.from);
  sim::KernelSettings settings{.seed = scenario.seed,
                               .until = scenario.until(),
                               .analyzer = {.workers = 2, .queue_limit = samples_waiting},
                               .device = {}};
  settings.lose_one_in = messages_to_lose();
  settings.faults = faults;
  settings.costs = models.costs;
  settings.joins = sim::draw_joins(scenario.nodes, scenario.seed, scenario.from, scenario.until());
  if (scenario.nodes.size() == 1) {
    settings.node = scenario.nodes.front().id;
    settings.analyzer.workers = scenario.nodes.front().acu;
  }
  score::DetectionModel detections(
      {&stage.roster(), &stage.cameras(), &stage.catalogue(), &score::DetectionTable::built_in()});
  sim::ModelledPlant plant({&stage.roster(), &queue, &stage.book(), settings.analyzer.workers,
                            &stage.findings(), &detections, &stage.cameras(), settings.joins},
                           std::move(models), scenario.seed, std::move(faults));
  if (scenario.counted) plant.count_samples(scenario.until());
  if (const auto healed = healed_from(settings.faults, settings.joins, scenario.from))
    stage.set_healed(*healed);
  sim::RareSituations situations(static_cast<std::uint32_t>(scenario.nodes.size()), settings.faults);
  // Samples that are counted in closed form come to no analyzer.
  std::optional<RunCheck> check;
  if (!scenario.counted) {
    check.emplace(stage, situations);
    settings.watch = &check->watch();
  }
  if (scenario.nodes.size() > 1) settings.situations = &situations;
  sim::Kernel<sim::ModelledPlant> kernel(stage.roster(), queue, plant, settings);
  sim::RunFacts facts = run_kernel(kernel, queue, stage, progress, events_between_progress, options.instants);
  facts.world = "virtual";
  report.situations = situations.counts();
  facts.answers_dropped = plant.answers_dropped();
  // Those that were counted in closed form have no line.
  facts.findings = plant.findings() - stage.findings().total().samples;
  facts.core = plant.core_time();
  // Counted samples have none.
  if (!scenario.counted || plant.delays().count() > 0) facts.delays = plant.delays();
  facts.nodes = plant.loads().of_nodes(facts.virtual_time);
  if (facts.nodes.empty())
    facts.nodes.push_back(
        plant.loads().of_process(settings.node, settings.analyzer.workers, facts.virtual_time));
  CAMFLEET_CHECK(stage.wind_up(std::move(facts)));
  CAMFLEET_CHECK(plant.closed());
  return check ? check->close() : success();
}

}  // namespace camfleet::cli
