#include "tools/camfleet/worlds/many_runs.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "actors/base/text.hpp"
#include "runtime/plant/source_facts.hpp"
#include "tools/camfleet/cli/process.hpp"
#include "tools/camfleet/cli/progress.hpp"
#include "tools/camfleet/worlds/run_spread.hpp"
#include "tools/camfleet/worlds/verdict.hpp"

namespace camfleet::cli {
namespace {

class Harness {
 public:
  Harness(const ManyRuns& runs, const RunOptions& options, const ManyRunsOptions& how, Output& out)
      : runs_(&runs),
        options_(&options),
        how_(&how),
        out_(&out),
        next_(runs.range.first),
        told_(runs.range.first),
        progress_(fmt::format("{} {} to {}", runs.what, runs.range.first, runs.range.last)) {}

  void run() {
    const unsigned wanted =
        options_->threads > 0 ? options_->threads : std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < wanted; ++i) threads.emplace_back([this] { work(); });
    for (std::thread& thread : threads) thread.join();
    if (!is_over_) progress_.finish();
  }

  /// Of those that have sums.
  [[nodiscard]] const RunSpread& spread() const { return spread_; }
  /// That of the smallest number is the same however many threads there are.
  [[nodiscard]] const RunFailures& failures() const { return failures_; }

 private:
  void work() {
    // One that was taken is run, so that none below the one that failed is left out.
    while (!is_over_) {
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
    OneRun run = one_run(number, ran, report);
    const std::lock_guard lock(mutex_);
    failures_.add(run);
    if (!run.error) spread_.add(run);
    if (!run.passed() && !how_->keep_going) is_over_ = true;
    if (how_->json) tell(std::move(run));
    if (!is_over_) progress_.update(++done_, runs_->range.last - runs_->range.first + 1, "");
  }

  /// Prints them in their order.
  void tell(OneRun run) {
    untold_.emplace(run.number, json_line(runs_->one, run));
    for (auto next = untold_.begin(); next != untold_.end() && next->first == told_; ++told_) {
      out_->write(next->second);
      next = untold_.erase(next);
    }
  }

  const ManyRuns* runs_;
  const RunOptions* options_;
  const ManyRunsOptions* how_;
  Output* out_;
  plant::SourceFacts footage_;  ///< the same for all runs
  std::atomic<std::uint64_t> next_;
  std::atomic<bool> is_over_ = false;  ///< at the first that did not pass
  std::mutex mutex_;                   ///< guards what follows
  std::uint64_t done_ = 0;
  std::uint64_t told_;
  std::map<std::uint64_t, std::string> untold_;
  Progress progress_;
  RunSpread spread_;
  RunFailures failures_;
};

/// "seed 17 (2 freeze)".
std::string label_of(const ManyRuns& runs, const OneRun& run) {
  std::string label = runs.label_of(run.number);
  if (const std::string faults = mix_of(run.faults); !faults.empty()) label += " (" + faults + ")";
  return label;
}

/// What is wrong with the first run of a kind, and how it is had again.
Error first_error(const ManyRuns& runs, const OneRun& run) {
  Error error = *run.error;
  error.where = label_of(runs, run) + ": " + error.where;
  error.what += again_by(runs.again_of(run.number));
  return error;
}

std::string not_held_line(const ManyRuns& runs, const OneRun& run, std::size_t expectation) {
  const auto at = static_cast<std::size_t>(std::ranges::find(run.failed, expectation) - run.failed.begin());
  return fmt::format("{}: NOT HELD {}{}", label_of(runs, run), run.not_held[at],
                     again_by(runs.again_of(run.number)));
}

/// Of how many runs each expectation did not hold, with the first of them; a line each.
std::string kinds_of(const ManyRuns& runs, const RunFailures& failures, std::uint64_t all) {
  std::string text;
  for (const auto& [expectation, kind] : failures.by_expectation())
    text += fmt::format("NOT HELD  {} of {} {}; {}\n", kind.runs, all, runs.what,
                        not_held_line(runs, kind.first, expectation));
  if (failures.broken())
    text += fmt::format("BROKEN    {} of {} {}; {}\n", failures.broken()->runs, all, runs.what,
                        first_error(runs, failures.broken()->first).line());
  return text;
}

void print(const ManyRuns& runs, const RunSpread& spread, const RunFailures& failures, std::uint64_t all,
           Output& out) {
  if (failures.runs() == 0) {
    out.write(fmt::format("{} {} held every invariant and expectation\n", all, runs.what));
  } else {
    out.write(fmt::format("{} of {} {} did not pass\n", failures.runs(), all, runs.what) +
              kinds_of(runs, failures, all));
  }
  out.write(spread.table());
  if (const std::string faults = mix_of(spread.faults()); !faults.empty())
    out.write("befallen by " + faults + "\n");
  out.write(spread.situations());
}

/// One case for what each run checks of itself, and one per expectation, of all runs.
std::vector<TestCase> cases_of(const ManyRuns& runs, const RunFailures& failures, std::uint64_t all) {
  const bool is_weighed = !failures.broken() || failures.broken()->runs < all;
  std::vector<TestCase> cases;
  cases.push_back(invariants_case(std::nullopt));
  if (const auto& broken = failures.broken()) {
    cases[0].outcome = TestCase::Outcome::broken;
    cases[0].message =
        fmt::format("{} of {} {}; {}", broken->runs, all, runs.what, first_error(runs, broken->first).line());
  }
  for (std::size_t i = 0; i < runs.expectations.size(); ++i) {
    TestCase& one = cases.emplace_back(TestCase{.name = runs.expectations[i]});
    const auto found = failures.by_expectation().find(i);
    if (!is_weighed) {
      one.outcome = TestCase::Outcome::skipped;
      one.message = "no run came so far as to weigh it";
    }
    if (found == failures.by_expectation().end()) continue;
    one.outcome = TestCase::Outcome::failed;
    one.message = fmt::format("{} of {} {}; {}", found->second.runs, all, runs.what,
                              not_held_line(runs, found->second.first, i));
  }
  return cases;
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
  runs.name = scenario.name;
  runs.what = "seeds";
  runs.one = "seed";
  runs.expectations = scenario.expectations;
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

result<void> run_many(const ManyRuns& runs, const RunOptions& options, const ManyRunsOptions& how,
                      Output& out, bool& held) {
  const Stopwatch watch;
  Harness harness(runs, options, how, out);
  harness.run();
  const RunSpread& spread = harness.spread();
  const RunFailures& failures = harness.failures();
  const std::uint64_t all = spread.runs() + (failures.broken() ? failures.broken()->runs : 0);
  held = failures.runs() == 0;
  if (!how.junit.empty()) {
    const double seconds = std::chrono::duration<double>(watch.wall()).count();
    CAMFLEET_CHECK(write_junit(how.junit, runs.name, seconds, cases_of(runs, failures, all)));
  }
  if (how.json) out.write(spread.json_line());
  const OneRun* first = failures.first();
  if (!held && !how.keep_going) {
    if (first->error) return pass(first_error(runs, *first));
    if (!how.json) out.write(not_held_line(runs, *first, first->failed.front()) + "\n");
    return success();
  }
  if (!how.json) print(runs, spread, failures, all, out);
  if (failures.broken()) return pass(first_error(runs, failures.broken()->first));
  return success();
}

}  // namespace camfleet::cli
