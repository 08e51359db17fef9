#include <algorithm>
#include <memory>
#include <vector>

#include <fmt/core.h>

#include "actors/text.hpp"
#include "tools/camfleet/many_runs.hpp"

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
  RunOptions quiet = options;
  quiet.out.clear();
  quiet.instants = &sweep->instants;
  RunReport clean;
  CAMFLEET_CHECK(run_virtual(
      sweep->base, quiet, [](std::uint64_t, std::uint64_t) {}, clean));
  std::ranges::sort(sweep->instants);
  const auto twins = std::ranges::unique(sweep->instants);
  sweep->instants.erase(twins.begin(), twins.end());
  if (sweep->size() > most_runs)
    return fail(
        Errc::limit, "--sweep",
        fmt::format("{} events and {} faults make {} runs, at most {} are allowed; take a shorter span",
                    sweep->instants.size(), sweep->dated.size(), sweep->size(), most_runs));
  ManyRuns runs;
  runs.range = {1, sweep->size()};
  if (range != "all") {
    CAMFLEET_TRY(runs.range, parse_range("sweep", range));
    if (runs.range.first < 1 || runs.range.last > sweep->size())
      return fail(Errc::bad_usage, "--sweep",
                  quote(range) + " is not within the runs of this sweep; they are 1.." +
                      std::to_string(sweep->size()));
  }
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
