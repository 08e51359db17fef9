#include "tools/camfleet/worlds/run_check.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace camfleet::cli {

std::optional<Instant> healed_from(std::span<const sim::Fault> faults, std::span<const Instant> joins,
                                   Instant from) {
  const bool has_joins =
      std::ranges::any_of(joins, [&](Instant join) { return join > from && join != end_of_time; });
  if (faults.empty() && !has_joins) return std::nullopt;
  Instant healed = from;
  for (const sim::Fault& one : faults) {
    if (one.kind == sim::FaultKind::clock_forward || one.kind == sim::FaultKind::clock_back)
      return std::nullopt;
    healed = std::max(healed, one.to + one.by);
  }
  for (const Instant join : joins) {
    if (join != end_of_time) healed = std::max(healed, join);
  }
  return healed;
}

RunCheck::RunCheck(Stage& stage, sim::RareSituations& situations)
    : checker_(stage.plan()), watch_(checker_.breaches()) {
  stage.observe({.due = {},
                 .row =
                     [this, &situations](const SliceRow& row) {
                       watch_.ended(row);
                       situations.ended(row);
                       if (error_.has_value()) error_ = checker_.row(row);
                     },
                 .found = [this](const Sample& sample) { found(sample); }});
}

void RunCheck::found(const Sample& sample) {
  if (!error_.has_value()) return;
  error_ = checker_.finding({.instance = sample.instance.value,
                             .device = sample.device.value,
                             .algorithm = sample.algorithm,
                             .due = sample.due_at,
                             .at = sample.at});
}

result<void> RunCheck::close() {
  CAMFLEET_CHECK(error_);
  watch_.close();
  checker_.close();
  const check::Breaches& breaches = checker_.breaches();
  if (breaches.total() == 0) return success();
  std::string what = breaches.lines().front();
  if (breaches.total() > 1) what += "; and " + std::to_string(breaches.total() - 1) + " more";
  return fail(Errc::broken_invariant, "check", std::move(what));
}

}  // namespace camfleet::cli
