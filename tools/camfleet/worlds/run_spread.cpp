#include "tools/camfleet/worlds/run_spread.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "tools/camfleet/cli/table.hpp"
#include "tools/camfleet/worlds/verdict.hpp"

namespace camfleet::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t slice_sums = OneRun::names.size() - 1;

std::string row_name(std::size_t sum) {
  return sum < slice_sums ? std::string("slices ") + OneRun::names[sum] : "samples analysed";
}

}  // namespace

std::string mix_of(const FaultCounts& counts) {
  std::string text;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts[i], sim::fault_names[i]);
  }
  return text;
}

OneRun one_run(std::uint64_t number, const result<void>& ran, const RunReport& report) {
  OneRun run{.number = number, .faults = report.faults, .situations = report.situations};
  if (!ran.has_value()) {
    run.error = ran.error();
    return run;
  }
  for (std::size_t i = 0; i < slice_sums; ++i)
    run.sums[i] = report.summary["slices"][OneRun::names[i]].get<std::uint64_t>();
  run.sums.back() = report.summary["samples"]["analysed"].get<std::uint64_t>();
  const ordered_json& expectations = report.summary["expectations"];
  for (std::size_t i = 0; i < expectations.size(); ++i) {
    if (expectations[i]["held"] != false) continue;
    run.failed.push_back(i);
    run.not_held.push_back(in_numbers(expectations[i]));
  }
  return run;
}

std::string json_line(const std::string& what, const OneRun& run) {
  ordered_json line{{what, run.number}, {"passed", run.passed()}};
  if (run.error) {
    line["error"] = run.error->line();
  } else {
    for (std::size_t i = 0; i < slice_sums; ++i) line["slices"][OneRun::names[i]] = run.sums[i];
    line["samples"][OneRun::names.back()] = run.sums.back();
    line["not_held"] = run.not_held;
  }
  line["faults"] = ordered_json::object();
  for (std::size_t i = 0; i < run.faults.size(); ++i) {
    if (run.faults[i] > 0) line["faults"][std::string(sim::fault_names[i])] = run.faults[i];
  }
  return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

void RunSpread::add(const OneRun& run) {
  for (std::size_t i = 0; i < faults_.size(); ++i) faults_[i] += run.faults[i];
  for (std::size_t i = 0; i < situations_.size(); ++i) situations_[i] += run.situations[i];
  for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i].push_back(run.sums[i]);
  ++runs_;
}

RunSpread::Quantiles RunSpread::quantiles(std::size_t sum) const {
  std::vector<std::uint64_t> sorted = sums_[sum];
  std::ranges::sort(sorted);
  // The smallest that so many of a hundred do not exceed.
  const auto quantile = [&](std::size_t percent) {
    const std::size_t rank = std::max<std::size_t>((sorted.size() * percent + 99) / 100, 1);
    return sorted[rank - 1];
  };
  const auto total = std::accumulate(sorted.begin(), sorted.end(), std::uint64_t{0});
  return {sorted.front(), quantile(10),  quantile(50),
          quantile(90),   sorted.back(), static_cast<double>(total) / static_cast<double>(sorted.size())};
}

std::string RunSpread::table() const {
  if (runs_ == 0) return "";
  Table table({{""},
               {"least", Align::right},
               {"p10", Align::right},
               {"p50", Align::right},
               {"p90", Align::right},
               {"most", Align::right},
               {"mean", Align::right}});
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    const Quantiles of = quantiles(i);
    table.add({row_name(i), std::to_string(of.least), std::to_string(of.p10), std::to_string(of.p50),
               std::to_string(of.p90), std::to_string(of.most), fmt::format("{:.1f}", of.mean)});
  }
  std::string text;
  table.flush(text);
  return text;
}

std::string RunSpread::situations() const {
  if (std::ranges::all_of(situations_, [](std::uint64_t count) { return count == 0; })) return "";
  Table table({{"times", Align::right}, {"situation"}});
  for (std::size_t i = 0; i < situations_.size(); ++i)
    table.add({std::to_string(situations_[i]), std::string(sim::situation_names[i])});
  std::string text;
  table.flush(text);
  return text;
}

std::string RunSpread::json_line() const {
  ordered_json line{{"runs", runs_}};
  for (std::size_t i = 0; i < sums_.size() && runs_ > 0; ++i) {
    const Quantiles of = quantiles(i);
    line[i < slice_sums ? "slices" : "samples"][OneRun::names[i]] = {{"least", of.least}, {"p10", of.p10},
                                                                     {"p50", of.p50},     {"p90", of.p90},
                                                                     {"most", of.most},   {"mean", of.mean}};
  }
  return line.dump() + "\n";
}

void RunFailures::count(RunFailure& kind, const OneRun& run) {
  if (kind.runs++ == 0 || run.number < kind.first.number) kind.first = run;
}

void RunFailures::add(const OneRun& run) {
  if (run.passed()) return;
  ++runs_;
  for (const std::size_t expectation : run.failed) count(by_expectation_[expectation], run);
  if (run.error) count(broken_ ? *broken_ : broken_.emplace(), run);
}

const OneRun* RunFailures::first() const {
  const OneRun* first = broken_ ? &broken_->first : nullptr;
  for (const auto& [expectation, kind] : by_expectation_) {
    if (first == nullptr || kind.first.number < first->number) first = &kind.first;
  }
  return first;
}

}  // namespace camfleet::cli
