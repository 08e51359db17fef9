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
  sim::Scenario base;                 ///< without dated faults
  std::vector<sim::FaultRule> dated;  ///< of which each run has one …
  std::vector<Instant> instants;      ///< … at one of these

  [[nodiscard]] std::uint64_t size() const { return std::uint64_t{dated.size()} * instants.size(); }
  /// Of the run `number`, from 1.
  [[nodiscard]] sim::FaultRule fault(std::uint64_t number) const {
    sim::FaultRule rule = dated[(number - 1) / instants.size()];
    rule.at = instants[(number - 1) % instants.size()];
    return rule;
  }
};

std::string label_of(const Sweep& sweep, std::uint64_t number) {
  const sim::FaultRule rule = sweep.fault(number);
  return fmt::format("fault {}, {}{} at {}", number,
                     sim::fault_names[static_cast<std::size_t>(rule.kinds.front())],
                     rule.pattern.empty() ? "" : " of " + rule.pattern, to_iso(rule.at));
}

/// When something happens in the run without dated faults. Errors: limit; those of that run.
result<void> find_instants(Sweep& sweep, const RunOptions& options, const std::string& arguments) {
  RunOptions quiet = options;
  quiet.out.clear();
  quiet.instants = &sweep.instants;
  const std::size_t most = most_runs / sweep.dated.size();
  sweep.instants.reserve(most + 1);
  Progress progress("the run without dated faults");
  RunReport clean;
  const auto ran = run_virtual(
      sweep.base, quiet, [&](const RunState& state) { progress.update(state.done, WorkMeter::whole); },
      clean);
  if (sweep.instants.size() > most)
    return fail(Errc::limit, "--sweep",
                fmt::format("more than {} events and {} faults make more than {} runs; take a shorter span",
                            most, sweep.dated.size(), most_runs));
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
  if (sweep->dated.empty())
    return fail(Errc::invalid_field, "faults", "none has an `at`: a sweep puts those at each event");
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
  runs.what = "faults";
  runs.scenario_of = [sweep](std::uint64_t number) {
    sim::Scenario one = sweep->base;
    one.faults.push_back(sweep->fault(number));
    return one;
  };
  runs.label_of = [sweep](std::uint64_t number) { return label_of(*sweep, number); };
  runs.again_of = [arguments](std::uint64_t number) {
    return fmt::format("{} --sweep {}..{}", arguments, number, number);
  };
  return runs;
}

}  // namespace camfleet::cli
