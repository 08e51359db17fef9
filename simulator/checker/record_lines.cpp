#include "simulator/checker/record_lines.hpp"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "actors/base/text.hpp"
#include "simulator/score/line_fields.hpp"

namespace camfleet::check {
namespace {

using nlohmann::json;
using score::LineFields;

constexpr double longest_span_s = 250.0 * 366 * day_s;

result<Duration> span_of(const LineFields& fields, std::string_view name) {
  CAMFLEET_TRY(const double value, fields.number(name, 0, longest_span_s));
  constexpr double nanoseconds = 1e9;
  return Duration(std::llround(value * nanoseconds));
}

std::optional<Outcome> outcome_of(std::string_view text) {
  for (const Outcome one : {Outcome::done, Outcome::partial, Outcome::missed, Outcome::skipped}) {
    if (to_text(one) == text) return one;
  }
  return std::nullopt;
}
std::optional<Reason> reason_of(std::string_view text) {
  for (std::size_t i = 1; i < reason_count; ++i) {
    if (to_text(static_cast<Reason>(i)) == text) return static_cast<Reason>(i);
  }
  return std::nullopt;
}

/// Empty where it is null.
result<std::string> text_or_null(const LineFields& fields, std::string_view name) {
  CAMFLEET_TRY(const json* member, fields.member(name));
  if (member->is_null()) return std::string();
  return fields.text(name);
}

result<AlgorithmAccount> account_of(const json& object, const std::string& where) {
  CAMFLEET_TRY(const LineFields fields, LineFields::of(object, where));
  AlgorithmAccount account;
  for (const char* name : {"due", "analysed", "gated"}) {
    CAMFLEET_TRY(const json* number, fields.member(name));
    if (!number->is_number_integer())
      return fail(Errc::invalid_field, fields.place(name), "is no whole number");
  }
  CAMFLEET_TRY(const auto due, fields.whole("due", 0, UINT32_MAX));
  CAMFLEET_TRY(const auto analysed, fields.whole("analysed", 0, UINT32_MAX));
  CAMFLEET_TRY(const auto gated, fields.whole("gated", 0, UINT32_MAX));
  account.due = static_cast<std::uint32_t>(due);
  account.analysed = static_cast<std::uint32_t>(analysed);
  account.gated = static_cast<std::uint32_t>(gated);
  CAMFLEET_TRY(const json* dropped, fields.object("dropped"));
  for (const auto& [name, count] : dropped->items()) {
    const auto reason = reason_of(name);
    const bool is_count = count.is_number_unsigned() && count.get<std::uint64_t>() <= UINT32_MAX;
    if (!reason || !is_count)
      return fail(Errc::invalid_field, fields.place("dropped"), quote(name) + " is no reason");
    account.drop(*reason, count.get<std::uint32_t>());
  }
  return account;
}

result<SlicePart> part_of(const json& object, const std::string& where) {
  CAMFLEET_TRY(const LineFields fields, LineFields::of(object, where));
  SlicePart part;
  CAMFLEET_TRY(part.node, fields.text("node"));
  CAMFLEET_TRY(part.from, fields.instant("from"));
  CAMFLEET_TRY(part.to, fields.instant("to"));
  CAMFLEET_TRY(part.why, text_or_null(fields, "why"));
  return part;
}

result<Judgement> verdict_of(const LineFields& fields) {
  CAMFLEET_TRY(const std::string outcome, fields.text("outcome"));
  CAMFLEET_TRY(const std::string reason, text_or_null(fields, "reason"));
  const auto known = outcome_of(outcome);
  const auto why = reason.empty() ? std::optional(Reason::none) : reason_of(reason);
  if (!known) return fail(Errc::invalid_field, fields.place("outcome"), quote(outcome) + " is none");
  if (!why) return fail(Errc::invalid_field, fields.place("reason"), quote(reason) + " is none");
  return Judgement{*known, *why};
}

/// All of a row but its name.
result<void> read_row(const LineFields& fields, SliceRow& row) {
  CAMFLEET_TRY(const json* started, fields.member("started_at"));
  if (!started->is_null()) {
    CAMFLEET_TRY(const Instant at, fields.instant("started_at"));
    row.started_at = at;
  }
  CAMFLEET_TRY(row.ended_at, fields.instant("ended_at"));
  CAMFLEET_TRY(row.planned, span_of(fields, "planned_s"));
  CAMFLEET_TRY(row.observed, span_of(fields, "observed_s"));
  CAMFLEET_TRY(row.verdict, verdict_of(fields));
  CAMFLEET_TRY(const json* parts, fields.list("parts"));
  for (const json& one : *parts) {
    CAMFLEET_TRY(SlicePart part, part_of(one, fields.place("parts")));
    row.parts.push_back(std::move(part));
  }
  if (fields.has("given_up")) {
    CAMFLEET_TRY(const json* spans, fields.list("given_up"));
    for (const json& one : *spans) {
      CAMFLEET_TRY(const LineFields span, LineFields::of(one, fields.place("given_up")));
      CAMFLEET_TRY(const Instant from, span.instant("from"));
      CAMFLEET_TRY(const Instant to, span.instant("to"));
      row.given_up.push_back({from, to});
    }
  }
  CAMFLEET_TRY(const json* algorithms, fields.list("algorithms"));
  for (const json& one : *algorithms) {
    CAMFLEET_TRY(AlgorithmAccount account, account_of(one, fields.place("algorithms")));
    row.algorithms.push_back(account);
  }
  return success();
}

}  // namespace

RecordLines::RecordLines(Checker& checker) : checker_(&checker) {
  const CheckedPlan& plan = checker.plan();
  for (std::uint32_t i = 0; i < plan.instances.size(); ++i) instances_.emplace(plan.instances[i].id, i);
  for (std::uint32_t i = 0; i < plan.devices.size(); ++i) devices_.emplace(plan.devices[i].id, i);
}

std::optional<std::uint32_t> RecordLines::instance(std::string_view id) const {
  const auto found = instances_.find(id);
  return found == instances_.end() ? std::nullopt : std::optional(found->second);
}
std::optional<std::uint32_t> RecordLines::device(std::string_view id) const {
  const auto found = devices_.find(id);
  return found == devices_.end() ? std::nullopt : std::optional(found->second);
}

result<void> RecordLines::row(const json& line, const std::string& where) {
  CAMFLEET_TRY(const LineFields fields, LineFields::of(line, where));
  CAMFLEET_TRY(const std::string of, fields.text("instance"));
  CAMFLEET_TRY(const Instant due, fields.instant("due_at"));
  const auto instance = this->instance(of);
  if (fields.has("until")) {
    CAMFLEET_TRY(const Instant to, fields.instant("until"));
    CAMFLEET_TRY(const auto slices, fields.whole("slices", 0, INT64_MAX));
    if (checker_->plan().known_until == end_of_time)
      return fail(Errc::invalid_field, fields.place("until"), "stands for many slices, as no run has it");
    if (instance) return checker_->rows_together(*instance, due, to, static_cast<std::uint64_t>(slices));
  }
  CAMFLEET_TRY(const std::string id, fields.text("device"));
  const auto device = this->device(id);
  if (!instance || !device) {
    checker_->breaches().add("not due", where + " is the row of instance " + quote(of) + " and device " +
                                            quote(id) + ", which nobody asked for");
    return success();
  }
  SliceRow row;
  row.key = {InstanceIx{*instance}, DeviceIx{*device}, due};
  CAMFLEET_TRY(const std::string node, text_or_null(fields, "node"));
  row.node = node;
  CAMFLEET_CHECK(read_row(fields, row));
  check_algorithms(line, *instance, where);
  return checker_->row(row);
}

void RecordLines::check_algorithms(const json& line, std::uint32_t instance, const std::string& where) {
  const std::vector<std::string>& algorithms = checker_->plan().instances[instance].algorithms;
  std::size_t i = 0;
  for (const json& one : line["algorithms"]) {
    if (i < algorithms.size() && one.value("algorithm", "") != algorithms[i])
      checker_->breaches().add("wrong sum", where + " accounts for algorithm " +
                                                quote(one.value("algorithm", "")) + " in the place of " +
                                                quote(algorithms[i]));
    ++i;
  }
}

result<void> RecordLines::finding(const json& line, const std::string& where) {
  CAMFLEET_TRY(const LineFields fields, LineFields::of(line, where));
  CAMFLEET_TRY(const std::string of, fields.text("instance"));
  CAMFLEET_TRY(const std::string id, fields.text("device"));
  CAMFLEET_TRY(const std::string algorithm, fields.text("algorithm"));
  CheckedFinding finding;
  CAMFLEET_TRY(finding.due, fields.instant("due_at"));
  CAMFLEET_TRY(finding.at, fields.instant("at"));
  finding.is_late = false;
  if (fields.has("late")) {
    CAMFLEET_TRY(finding.is_late, fields.flag("late"));
  }
  const auto instance = this->instance(of);
  const auto device = this->device(id);
  if (instance && device) {
    const std::vector<std::string>& algorithms = checker_->plan().instances[*instance].algorithms;
    const auto known = std::ranges::find(algorithms, algorithm);
    if (known != algorithms.end()) {
      finding.instance = *instance;
      finding.device = *device;
      finding.algorithm = static_cast<std::uint32_t>(known - algorithms.begin());
      return checker_->finding(finding);
    }
  }
  checker_->breaches().add("finding without its row", where + " is of instance " + quote(of) + ", device " +
                                                          quote(id) + " and algorithm " + quote(algorithm) +
                                                          ", which nobody asked for");
  return success();
}

}  // namespace camfleet::check
