#include "tools/camfleet/worlds/many_runs.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <fmt/core.h>

#include "actors/base/text.hpp"
#include "runtime/plant/source_facts.hpp"
#include "simulator/summary.hpp"
#include "tools/camfleet/cli/progress.hpp"
#include "tools/camfleet/cli/table.hpp"

namespace camfleet::cli {
namespace {

constexpr std::array<const char*, 5> columns{"due", "done", "partial", "missed", "skipped"};

/// The sums of one run, slices by `columns` and then samples analysed.
using Sums = std::array<std::uint64_t, columns.size() + 1>;

using FaultCounts = decltype(RunReport::faults);

/// How often which fault befell a run: "3 node_crash, 1 link_cut".
std::string mix_of(const FaultCounts& counts) {
  std::string text;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts[i], sim::fault_names[i]);
  }
  return text;
}

struct Spread {
  Sums least{};
  Sums most{};
  Sums total{};
  FaultCounts faults{};
  sim::RareSituations::Counts situations{};
  std::uint64_t runs = 0;

  void add(const Sums& sums, const RunReport& report) {
    for (std::size_t i = 0; i < faults.size(); ++i) faults[i] += report.faults[i];
    for (std::size_t i = 0; i < situations.size(); ++i) situations[i] += report.situations[i];
    for (std::size_t i = 0; i < sums.size(); ++i) {
      least[i] = runs == 0 ? sums[i] : std::min(least[i], sums[i]);
      most[i] = std::max(most[i], sums[i]);
      total[i] += sums[i];
    }
    ++runs;
  }
};

/// A run that did not pass, and why.
struct Failure {
  std::uint64_t number = 0;
  std::optional<Error> error;  ///< none: an expectation did not hold
  std::string expectation;
  std::string faults;  ///< that befell it
};

class Harness {
 public:
  Harness(const ManyRuns& runs, const RunOptions& options)
      : runs_(&runs),
        options_(&options),
        next_(runs.range.first),
        progress_(fmt::format("{} {} to {}", runs.what, runs.range.first, runs.range.last)) {}

  void run() {
    const unsigned wanted =
        options_->threads > 0 ? options_->threads : std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < wanted; ++i) threads.emplace_back([this] { work(); });
    for (std::thread& thread : threads) thread.join();
    if (!failure_) progress_.finish();
  }

  [[nodiscard]] const Spread& spread() const { return spread_; }
  /// The failed run of the smallest number: the same one however many threads there are.
  [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }

 private:
  void work() {
    // One that was taken is run, so that none below the one that failed is left out.
    while (!failed_) {
      const std::uint64_t number = next_++;
      if (number > runs_->range.last) return;
      run_one(number);
    }
  }

  void run_one(std::uint64_t number) {
    const sim::Scenario scenario = runs_->scenario_of(number);
    RunOptions options = *options_;
    options.out.clear();
    options.footage = &footage_;
    RunReport report;
    const auto ran = run_virtual(
        scenario, options, [](const RunState&) {}, report);
    const std::lock_guard lock(mutex_);
    const std::string faults = mix_of(report.faults);
    if (!ran.has_value()) return fail_with({number, ran.error(), "", faults});
    for (const auto& expectation : report.summary["expectations"]) {
      if (expectation["held"] == false)
        return fail_with({number, std::nullopt, expectation["text"].get<std::string>(), faults});
    }
    Sums sums{};
    for (std::size_t i = 0; i < columns.size(); ++i)
      sums[i] = report.summary["slices"][columns[i]].get<std::uint64_t>();
    sums.back() = report.summary["samples"]["analysed"].get<std::uint64_t>();
    spread_.add(sums, report);
    progress_.update(spread_.runs, runs_->range.last - runs_->range.first + 1, "");
  }

  void fail_with(Failure failure) {
    failed_ = true;
    if (!failure_ || failure.number < failure_->number) failure_ = std::move(failure);
  }

  const ManyRuns* runs_;
  const RunOptions* options_;
  plant::SourceFacts footage_;  ///< the same for all runs
  std::atomic<std::uint64_t> next_;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;  ///< guards what follows
  Progress progress_;
  Spread spread_;
  std::optional<Failure> failure_;
};

std::string table_of(const Spread& spread) {
  Table table({{""}, {"least", Align::right}, {"mean", Align::right}, {"most", Align::right}});
  for (std::size_t i = 0; i < spread.total.size(); ++i) {
    const std::string name =
        i < columns.size() ? std::string("slices ") + columns[i] : std::string("samples analysed");
    table.add({name, std::to_string(spread.least[i]),
               fmt::format("{:.1f}", static_cast<double>(spread.total[i]) / static_cast<double>(spread.runs)),
               std::to_string(spread.most[i])});
  }
  std::string text;
  table.flush(text);
  return text;
}

/// How often a cluster came to what it seldom comes to, a line each; of others nothing.
std::string situations_of(const Spread& spread) {
  const auto& counts = spread.situations;
  if (std::ranges::all_of(counts, [](std::uint64_t count) { return count == 0; })) return "";
  Table table({{"times", Align::right}, {"situation"}});
  for (std::size_t i = 0; i < counts.size(); ++i)
    table.add({std::to_string(counts[i]), std::string(sim::situation_names[i])});
  std::string text;
  table.flush(text);
  return text;
}

}  // namespace

result<RunRange> parse_range(const std::string& option, const std::string& text) {
  const std::size_t dots = text.find("..");
  const auto first = parse_int<std::uint64_t>(text.substr(0, dots));
  const auto last =
      dots == std::string::npos ? std::nullopt : parse_int<std::uint64_t>(text.substr(dots + 2));
  if (!first || !last || *last < *first || *last > INT64_MAX || *last - *first >= most_runs)
    return fail(
        Errc::bad_usage, "--" + option,
        quote(text) + " is not a range; write 1..1000, at most " + std::to_string(most_runs) + " runs");
  return RunRange{*first, *last};
}

ManyRuns seeds_of(const sim::Scenario& scenario, RunRange seeds, const std::string& arguments) {
  ManyRuns runs;
  runs.range = seeds;
  runs.what = "seeds";
  runs.scenario_of = [&scenario](std::uint64_t seed) {
    sim::Scenario one = scenario;
    one.seed = seed;
    return one;
  };
  runs.label_of = [](std::uint64_t seed) { return fmt::format("seed {}", seed); };
  runs.again_of = [arguments](std::uint64_t seed) { return fmt::format("{} --seed {}", arguments, seed); };
  return runs;
}

std::string for_shell(const std::string& word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,@%+-";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) c == '\'' ? quoted += "'\\''" : quoted += c;
  return quoted += '\'';
}

std::string again_by(const std::string& arguments) {
  const char* defect = std::getenv("CAMFLEET_LOSE_ONE_IN");
  return fmt::format("; again by: {}camfleet run {}",
                     defect == nullptr ? "" : fmt::format("CAMFLEET_LOSE_ONE_IN={} ", defect), arguments);
}

result<void> run_many(const ManyRuns& runs, const RunOptions& options, Output& out, bool& held) {
  Harness harness(runs, options);
  harness.run();
  held = true;
  if (!harness.failure()) {
    out.write(fmt::format("{} {} held every invariant and expectation\n", harness.spread().runs, runs.what) +
              table_of(harness.spread()));
    if (const std::string faults = mix_of(harness.spread().faults); !faults.empty())
      out.write("befallen by " + faults + "\n");
    out.write(situations_of(harness.spread()));
    return success();
  }
  const Failure& failure = *harness.failure();
  std::string label = runs.label_of(failure.number);
  if (!failure.faults.empty()) label += " (" + failure.faults + ")";
  const std::string again = again_by(runs.again_of(failure.number));
  if (failure.error) {
    Error error = *failure.error;
    error.where = label + ": " + error.where;
    error.what += again;
    return pass(std::move(error));
  }
  held = false;
  out.write(fmt::format("{}: NOT HELD {}{}\n", label, failure.expectation, again));
  return success();
}

}  // namespace camfleet::cli
