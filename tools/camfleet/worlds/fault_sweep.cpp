#include <algorithm>
#include <memory>
#include <vector>

#include <fmt/core.h>

#include "actors/base/text.hpp"
#include "tools/camfleet/cli/progress.hpp"
#include "tools/camfleet/cli/work_meter.hpp"
#include "tools/camfleet/worlds/many_runs.hpp"

namespace camfleet::cli {
namespace {

/// What the runs of a sweep share.
struct Sweep {
  sim::Scenario base;                 ///< without dated faults, and with all nodes from the beginning
  std::vector<sim::FaultRule> dated;  ///< of which each run has one …
  std::vector<std::size_t> late;      ///< … or has one of these nodes join …
  std::vector<Instant> instants;      ///< … at one of these

  [[nodiscard]] std::size_t events() const { return dated.size() + late.size(); }
  [[nodiscard]] std::uint64_t size() const { return std::uint64_t{events()} * instants.size(); }
  /// Of the run `number`, from 1: which event, and when.
  [[nodiscard]] std::size_t event(std::uint64_t number) const { return (number - 1) / instants.size(); }
  [[nodiscard]] Instant instant(std::uint64_t number) const {
    return instants[(number - 1) % instants.size()];
  }

  [[nodiscard]] sim::Scenario run(std::uint64_t number) const {
    sim::Scenario one = base;
    const Instant at = instant(number);
    if (event(number) < dated.size()) {
      one.faults.push_back(dated[event(number)]);
      one.faults.back().at = at;
    } else {
      one.nodes[late[event(number) - dated.size()]].joins = std::pair(at, at);
    }
    return one;
  }
};

std::string label_of(const Sweep& sweep, std::uint64_t number) {
  const std::string at = to_iso(sweep.instant(number));
  if (sweep.event(number) >= sweep.dated.size()) {
    const std::size_t node = sweep.late[sweep.event(number) - sweep.dated.size()];
    return fmt::format("fault {}, {} joins at {}", number, sweep.base.nodes[node].id, at);
  }
  const sim::FaultRule& rule = sweep.dated[sweep.event(number)];
  return fmt::format("fault {}, {}{} at {}", number,
                     sim::fault_names[static_cast<std::size_t>(rule.kinds.front())],
                     rule.pattern.empty() ? "" : " of " + rule.pattern, at);
}

/// When something happens in the run without dated faults. Errors: limit; those of that run.
result<void> find_instants(Sweep& sweep, const RunOptions& options, const std::string& arguments) {
  RunOptions quiet = options;
  quiet.out.clear();
  quiet.instants = &sweep.instants;
  const std::size_t most = most_runs / sweep.events();
  sweep.instants.reserve(most + 1);
  Progress progress("the run without dated faults");
  RunReport clean;
  const auto ran = run_virtual(
      sweep.base, quiet, [&](const RunState& state) { progress.update(state.done, WorkMeter::whole); },
      clean);
  if (sweep.instants.size() > most)
    return fail(Errc::limit, "--sweep",
                fmt::format("more than {} events and {} faults make more than {} runs; take a shorter span",
                            most, sweep.events(), most_runs));
  if (!ran.has_value()) {
    Error error = within("the run without dated faults", ran.error());
    error.what += again_by(arguments + " --sweep all");
    return pass(std::move(error));
  }
  std::ranges::sort(sweep.instants);
  const auto end = std::unique(sweep.instants.begin(), sweep.instants.end());
  sweep.instants.erase(end, sweep.instants.end());
  return success();
}

}  // namespace

result<ManyRuns> sweep_of(const sim::Scenario& scenario, const std::string& range,
                          const std::string& arguments, const RunOptions& options) {
  const auto sweep = std::make_shared<Sweep>();
  sweep->base = scenario;
  std::erase_if(sweep->base.faults, [&](const sim::FaultRule& rule) {
    if (rule.draw == 0) sweep->dated.push_back(rule);
    return rule.draw == 0;
  });
  for (std::size_t i = 0; i < sweep->base.nodes.size(); ++i) {
    auto& joins = sweep->base.nodes[i].joins;
    if (!joins || joins->first != joins->second) continue;
    joins.reset();
    sweep->late.push_back(i);
  }
  if (sweep->events() == 0)
    return fail(Errc::invalid_field, "faults",
                "none has an `at`, and no node `joins`: a sweep puts those at each event");
  ManyRuns runs;
  const bool wants_all = range == "all";
  if (!wants_all) {
    const auto parsed = parse_range("sweep", range);
    if (!parsed.has_value())
      return fail(Errc::bad_usage, "--sweep",
                  quote(range) + " is neither all nor a range of runs; write all or 1..100");
    runs.range = parsed.value();
  }
  CAMFLEET_CHECK(find_instants(*sweep, options, arguments));
  if (wants_all) runs.range = {1, sweep->size()};
  if (runs.range.first < 1 || runs.range.last > sweep->size())
    return fail(
        Errc::bad_usage, "--sweep",
        quote(range) + " is not within the runs of this sweep; they are 1.." + std::to_string(sweep->size()));
  runs.name = scenario.name;
  runs.what = "faults";
  runs.one = "fault";
  runs.expectations = scenario.expectations;
  runs.scenario_of = [sweep](std::uint64_t number) { return sweep->run(number); };
  runs.label_of = [sweep](std::uint64_t number) { return label_of(*sweep, number); };
  runs.again_of = [arguments](std::uint64_t number) {
    return fmt::format("{} --sweep {}..{}", arguments, number, number);
  };
  return runs;
}

}  // namespace camfleet::cli
