#include "tools/camfleet/seeds.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <fmt/core.h>

#include "actors/text.hpp"
#include "simulator/summary.hpp"
#include "tools/camfleet/progress.hpp"
#include "tools/camfleet/table.hpp"

namespace camfleet::cli {
namespace {

constexpr std::uint64_t most_seeds = 1'000'000;
constexpr std::array<const char*, 5> columns{"due", "done", "partial", "missed", "skipped"};

/// The sums of one run, slices by `columns` and then samples analysed.
using Sums = std::array<std::uint64_t, columns.size() + 1>;

struct Spread {
  Sums least{};
  Sums most{};
  Sums total{};
  std::uint64_t runs = 0;

  void add(const Sums& sums) {
    for (std::size_t i = 0; i < sums.size(); ++i) {
      least[i] = runs == 0 ? sums[i] : std::min(least[i], sums[i]);
      most[i] = std::max(most[i], sums[i]);
      total[i] += sums[i];
    }
    ++runs;
  }
};

/// A seed that did not pass, and why.
struct Failure {
  std::uint64_t seed = 0;
  std::optional<Error> error;  ///< none: an expectation did not hold
  std::string expectation;
};

class SeedRuns {
 public:
  SeedRuns(const sim::Scenario& scenario, SeedRange seeds, const RunOptions& options)
      : scenario_(&scenario),
        seeds_(seeds),
        options_(&options),
        next_(seeds.first),
        progress_(fmt::format("{}, seeds {} to {}", scenario.name, seeds.first, seeds.last)) {}

  void run() {
    const unsigned wanted =
        options_->threads > 0 ? options_->threads : std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < wanted; ++i) threads.emplace_back([this] { work(); });
    for (std::thread& thread : threads) thread.join();
    if (!failure_) progress_.finish();
  }

  [[nodiscard]] const Spread& spread() const { return spread_; }
  /// The failed run of the smallest seed: the same one however many threads there are.
  [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }

 private:
  void work() {
    // A seed that was taken is run, so that none below the one that failed is left out.
    while (!failed_) {
      const std::uint64_t seed = next_++;
      if (seed > seeds_.last) return;
      run_one(seed);
    }
  }

  void run_one(std::uint64_t seed) {
    sim::Scenario scenario = *scenario_;
    scenario.seed = seed;
    RunOptions options = *options_;
    options.out.clear();
    RunReport report;
    const auto ran = run_virtual(
        scenario, options, [](std::uint64_t, std::uint64_t) {}, report);
    const std::lock_guard lock(mutex_);
    if (!ran.has_value()) return fail_with({seed, ran.error(), ""});
    for (const auto& expectation : report.summary["expectations"]) {
      if (!expectation["held"].get<bool>())
        return fail_with({seed, std::nullopt, expectation["text"].get<std::string>()});
    }
    Sums sums{};
    for (std::size_t i = 0; i < columns.size(); ++i)
      sums[i] = report.summary["slices"][columns[i]].get<std::uint64_t>();
    sums.back() = report.summary["samples"]["analysed"].get<std::uint64_t>();
    spread_.add(sums);
    progress_.update(spread_.runs, seeds_.last - seeds_.first + 1, "");
  }

  void fail_with(Failure failure) {
    failed_ = true;
    if (!failure_ || failure.seed < failure_->seed) failure_ = std::move(failure);
  }

  const sim::Scenario* scenario_;
  SeedRange seeds_;
  const RunOptions* options_;
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

}  // namespace

result<SeedRange> parse_seeds(const std::string& text) {
  const std::size_t dots = text.find("..");
  const auto first = parse_int<std::uint64_t>(text.substr(0, dots));
  const auto last =
      dots == std::string::npos ? std::nullopt : parse_int<std::uint64_t>(text.substr(dots + 2));
  if (!first || !last || *last < *first || *last > INT64_MAX || *last - *first >= most_seeds)
    return fail(Errc::bad_usage, "--seeds",
                quote(text) + " is not a range of seeds; write 1..1000, at most " +
                    std::to_string(most_seeds) + " of them");
  return SeedRange{*first, *last};
}

result<void> run_seeds(const sim::Scenario& scenario, const std::string& arguments, SeedRange seeds,
                       const RunOptions& options, Output& out, bool& held) {
  SeedRuns runs(scenario, seeds, options);
  runs.run();
  held = true;
  if (!runs.failure()) {
    out.write(fmt::format("{} seeds held every invariant and expectation\n", runs.spread().runs) +
              table_of(runs.spread()));
    return success();
  }
  const Failure& failure = *runs.failure();
  const char* defect = std::getenv("CAMFLEET_LOSE_ONE_IN");
  const std::string again = fmt::format(
      "; again by: {}camfleet run {} --seed {}",
      defect == nullptr ? "" : fmt::format("CAMFLEET_LOSE_ONE_IN={} ", defect), arguments, failure.seed);
  if (failure.error) {
    Error error = *failure.error;
    error.where = fmt::format("seed {}: {}", failure.seed, error.where);
    error.what += again;
    return BOOST_OUTCOME_V2_NAMESPACE::failure(std::move(error));
  }
  held = false;
  out.write(fmt::format("seed {}: NOT HELD {}{}\n", failure.seed, failure.expectation, again));
  return success();
}

}  // namespace camfleet::cli
