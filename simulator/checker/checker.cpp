#include "simulator/checker/checker.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "actors/base/text.hpp"

namespace camfleet::check {
namespace {

/// From the end of a slice to its row.
constexpr Duration row_grace = minutes(2);
/// From the end of the last fault until all is well, where a round is shorter.
constexpr Duration least_recovery = minutes(2);

/// Why a slice is not done that has nothing to do with faults.
bool is_without_fault(Reason reason) {
  constexpr std::array reasons{Reason::source_ended, Reason::analysis_failed, Reason::overload,
                               Reason::capacity,     Reason::cancelled,       Reason::stream_off};
  return std::ranges::find(reasons, reason) != reasons.end();
}

std::string to_words(Outcome outcome, Reason reason) {
  std::string words(to_text(outcome));
  if (reason != Reason::none) words += " (" + std::string(to_text(reason)) + ")";
  return words;
}

}  // namespace

std::string Checker::name(std::uint32_t instance, std::uint32_t device, Instant due) const {
  const std::string of =
      instance < plan_.instances.size() ? plan_.instances[instance].id : "number " + std::to_string(instance);
  const std::string id =
      device < plan_.devices.size() ? plan_.devices[device].id : "number " + std::to_string(device);
  return "the slice of instance " + quote(of) + " and device " + quote(id) + " due at " + to_iso(due);
}
std::string Checker::name(const SliceRow& row) const {
  return name(row.key.instance.value, row.key.device.value, row.key.due_at);
}

result<void> Checker::has_room() const {
  if (rows_.size() + findings_.size() < most_records) return success();
  return fail(Errc::limit, "records",
              "are more than the " + std::to_string(most_records) + " that are looked at");
}

result<void> Checker::row(const SliceRow& row) {
  CAMFLEET_CHECK(has_room());
  const std::uint32_t number = row.key.instance.value;
  if (number >= plan_.instances.size() || row.key.device.value >= plan_.devices.size()) {
    breaches_.add("not due", name(row) + " is of what is not there");
    return success();
  }
  check_sums(row, plan_.instances[number]);
  check_verdict(row);
  check_times(row);
  check_parts(row);
  rows_.push_back({number, row.key.device.value, row.key.due_at, row.planned, row.verdict.outcome,
                   row.verdict.reason, !row.node.empty(), static_cast<std::uint32_t>(analysed_.size())});
  if (!row.given_up.empty()) given_up_[rows_.back().order()] = row.given_up;
  for (const AlgorithmAccount& one : row.algorithms) analysed_.push_back(one.analysed);
  analysed_.resize(rows_.back().first_count + plan_.instances[number].algorithms.size());
  return success();
}

result<void> Checker::rows_together(std::uint32_t instance, Instant from, Instant to, std::uint64_t slices) {
  CAMFLEET_CHECK(has_room());
  together_.push_back({instance, from, to, slices});
  return success();
}

result<void> Checker::finding(const CheckedFinding& finding) {
  CAMFLEET_CHECK(has_room());
  findings_.push_back(finding);
  return success();
}

void Checker::open(std::uint32_t instance, std::uint32_t device, Instant due) {
  const CheckedInstance& entry = plan_.instances[instance];
  for (const DueSlice& one : due_slices(plan_, entry, due, due + Duration(1))) {
    if (entry.members[one.member].device != device || one.planned == Duration(0)) continue;
    const Instant over = std::min(due + one.planned, entry.ended);
    if (over + row_grace < plan_.known_until)
      breaches_.add("never ends",
                    name(instance, device, due) + " was over at " + to_iso(over) + ", and has no row");
    return;
  }
}

void Checker::check_sums(const SliceRow& row, const CheckedInstance& instance) {
  if (row.algorithms.size() != instance.algorithms.size())
    breaches_.add("wrong sum", name(row) + " accounts for " + std::to_string(row.algorithms.size()) +
                                   " algorithms of " + std::to_string(instance.algorithms.size()));
  for (const AlgorithmAccount& one : row.algorithms) {
    std::uint64_t sum = std::uint64_t{one.analysed} + one.gated;
    for (const std::uint32_t dropped : one.dropped) sum += dropped;
    if (sum != one.due)
      breaches_.add("wrong sum", name(row) + " owes " + std::to_string(one.due) +
                                     " samples, and accounts for " + std::to_string(sum));
    const std::int64_t spf = Duration(seconds(instance.spf)).count();
    const std::int64_t owed = (row.planned.count() + spf - 1) / spf;
    if (!instance.every_frame && one.due != owed)
      breaches_.add("wrong sum", name(row) + " owes " + std::to_string(one.due) + " samples in " +
                                     to_seconds(row.planned) + " s at one in " +
                                     std::to_string(instance.spf) + " s");
    if (one.dropped[0] != 0)
      breaches_.add("wrong sum", name(row) + " has samples that were dropped for nothing");
  }
}

void Checker::check_verdict(const SliceRow& row) {
  Outcome worst = Outcome::done;
  std::array<std::uint64_t, reason_count> dropped{};
  bool has_any = false;
  for (const AlgorithmAccount& one : row.algorithms) {
    const std::uint64_t looked_at = std::uint64_t{one.analysed} + one.gated;
    has_any = has_any || looked_at > 0;
    const Outcome own = looked_at == 0        ? Outcome::missed
                        : looked_at < one.due ? Outcome::partial
                                              : Outcome::done;
    if (own > worst) worst = own;
    for (std::size_t i = 0; i < reason_count; ++i) dropped[i] += one.dropped[i];
  }
  const Outcome told = row.verdict.outcome;
  if (told == Outcome::skipped && (has_any || row.verdict.reason != Reason::stream_off))
    breaches_.add("wrong outcome", name(row) + " was skipped, and is " + to_words(worst, row.verdict.reason));
  if (told == Outcome::skipped) worst = told;
  if (told != worst)
    breaches_.add("wrong outcome", name(row) + " is told as " + std::string(to_text(told)) + ", and was " +
                                       std::string(to_text(worst)));
  std::size_t commonest = 0;
  for (std::size_t i = 1; i < reason_count; ++i) {
    if (dropped[i] > dropped[commonest]) commonest = i;
  }
  const bool is_told = row.verdict.reason != Reason::none;
  const bool is_right = commonest == 0
                            ? is_told == (told != Outcome::done)
                            : told == Outcome::done || row.verdict.reason == static_cast<Reason>(commonest);
  if (!is_right)
    breaches_.add("wrong outcome", name(row) + " is told as " + to_words(told, row.verdict.reason) +
                                       ", most of its samples were dropped as " +
                                       std::string(to_text(static_cast<Reason>(commonest))));
}

void Checker::check_times(const SliceRow& row) {
  const Instant begun = row.started_at.value_or(row.key.due_at);
  if (begun < row.key.due_at || row.ended_at < begun)
    breaches_.add("wrong times",
                  name(row) + " began at " + to_iso(begun) + " and ended at " + to_iso(row.ended_at));
  if (row.observed < Duration(0) || row.observed > row.planned)
    breaches_.add("wrong times", name(row) + " has delivered " + to_seconds(row.observed) + " s of " +
                                     to_seconds(row.planned) + " s");
}

void Checker::check_parts(const SliceRow& row) {
  for (std::size_t i = 0; i < row.parts.size(); ++i) {
    const SlicePart& part = row.parts[i];
    const bool is_last = i + 1 == row.parts.size();
    if (part.to < part.from)
      breaches_.add("wrong parts", name(row) + " has a part on " + part.node + " that ends before it begins");
    if (i > 0 && part.from < row.parts[i - 1].to)
      breaches_.add("on two nodes", name(row) + " is on " + row.parts[i - 1].node + " until " +
                                        to_iso(row.parts[i - 1].to) + ", and on " + part.node + " from " +
                                        to_iso(part.from));
    if (!is_last && part.why.empty())
      breaches_.add("wrong parts", name(row) + " does not say why its part on " + part.node + " ended");
    if (is_last && part.why.empty() && part.node != row.node)
      breaches_.add("wrong parts",
                    name(row) + " ends on " + part.node + ", and its row says " + std::string(row.node));
  }
}

void Checker::close() {
  std::ranges::stable_sort(rows_, {}, &Row::order);
  for (std::size_t i = 1; i < rows_.size(); ++i) {
    if (rows_[i - 1].order() == rows_[i].order())
      breaches_.add("two rows",
                    name(rows_[i].instance, rows_[i].device, rows_[i].due) + " has more than one");
  }
  // When a service was there last is known to the minute, and its clock may have been put back since.
  Instant last = plan_.known_until == end_of_time ? end_of_time : plan_.known_until + row_grace;
  for (const Row& one : rows_) last = std::max(last, one.due + Duration(1));
  const Instant until = std::min(plan_.until, last);
  for (std::uint32_t i = 0; i < plan_.instances.size(); ++i)
    compare(due_slices(plan_, plan_.instances[i], plan_.from, until), i);
  check_findings();
}

void Checker::compare(const std::vector<DueSlice>& due, std::uint32_t instance) {
  if (due.size() >= most_due)
    breaches_.add("too many",
                  "instance " + quote(plan_.instances[instance].id) + " owes more slices than are looked at");
  const CheckedInstance& entry = plan_.instances[instance];
  auto next = std::ranges::lower_bound(rows_, instance, {}, &Row::instance);
  const auto last = std::ranges::upper_bound(rows_, instance, {}, &Row::instance);
  const auto is_about_end = [&](Instant at) {
    return entry.ended != end_of_time && at > entry.ended - plan_.around_end &&
           at < entry.ended + plan_.around_end;
  };
  const auto is_owed = [&](const DueSlice& one) {
    const bool is_known = plan_.known_until == end_of_time || one.planned == Duration(0)
                              ? one.due < plan_.known_until
                              : one.due + one.planned + row_grace < plan_.known_until;
    const bool is_told_of = std::ranges::any_of(together_, [&](const Together& sum) {
      return sum.instance == instance && one.due >= sum.from && one.due < sum.to;
    });
    return is_known && !is_told_of && !is_about_end(one.due) && !entry.members[one.member].may_be_gone &&
           plan_.devices[entry.members[one.member].device].is_known;
  };
  // By device at one instant, as rows are.
  std::vector<DueSlice> sorted = due;
  std::ranges::sort(
      sorted, {}, [&](const DueSlice& one) { return std::tuple(one.due, entry.members[one.member].device); });
  std::vector<DueSlice> without_row;
  for (const DueSlice& one : sorted) {
    const std::uint32_t device = entry.members[one.member].device;
    const auto is_before = [&](const Row& row) {
      return std::tuple(row.due, row.device) < std::tuple(one.due, device);
    };
    for (; next != last && is_before(*next); ++next) {
      if (next->due >= plan_.from && !is_about_end(next->due) && plan_.devices[next->device].is_known)
        breaches_.add("not due", name(instance, next->device, next->due) + " has a row");
    }
    if (next == last || next->due != one.due || next->device != device) {
      if (is_owed(one)) breaches_.add("no row", name(instance, device, one.due) + " has none");
      without_row.push_back(one);
      continue;
    }
    for (; next != last && next->due == one.due && next->device == device; ++next) {
      compare_planned(*next, one, entry);
      check_healed(*next, entry);
    }
  }
  for (; next != last; ++next) {
    if (next->due >= plan_.from && !is_about_end(next->due) && plan_.devices[next->device].is_known)
      breaches_.add("not due", name(instance, next->device, next->due) + " has a row");
  }
  compare_sums(without_row, instance);
}

void Checker::compare_sums(const std::vector<DueSlice>& without_row, std::uint32_t instance) {
  const CheckedInstance& entry = plan_.instances[instance];
  const bool is_exact = std::ranges::none_of(entry.members, [&](const CheckedMember& one) {
    return one.may_be_gone || !plan_.devices[one.device].is_known;
  });
  for (const Together& sum : together_) {
    if (sum.instance != instance || !is_exact) continue;
    std::uint64_t slices = 0;
    for (const DueSlice& one : without_row) slices += one.due >= sum.from && one.due < sum.to ? 1 : 0;
    if (slices != sum.slices)
      breaches_.add("wrong sum", "the row of instance " + quote(entry.id) + " from " + to_iso(sum.from) +
                                     " to " + to_iso(sum.to) + " stands for " + std::to_string(sum.slices) +
                                     " slices, and " + std::to_string(slices) + " have none of their own");
  }
}

void Checker::compare_planned(const Row& row, const DueSlice& due, const CheckedInstance& instance) {
  if (due.planned != Duration(0) && row.planned != due.planned)
    breaches_.add("wrong times", name(row.instance, row.device, row.due) + " is planned for " +
                                     to_seconds(row.planned) + " s, the calendar has " +
                                     to_seconds(due.planned) + " s");
  const bool was_skipped = row.outcome == Outcome::skipped;
  // A switch of its stream may have changed that meanwhile.
  if (plan_.known_until == end_of_time && was_skipped == instance.members[due.member].is_pulled)
    breaches_.add("wrong outcome", name(row.instance, row.device, row.due) +
                                       (was_skipped ? " was skipped" : " was not skipped") +
                                       ", and its stream is pulled or not the other way");
}

void Checker::check_healed(const Row& row, const CheckedInstance& instance) {
  if (!plan_.healed || row.outcome == Outcome::done || is_without_fault(row.reason)) return;
  // No node can carry its device.
  if (row.reason == Reason::node_lost && !row.has_node) return;
  const Duration round = instance.polling ? instance.polling->every : Duration(0);
  const Instant well = *plan_.healed + std::max(round, least_recovery);
  if (row.due >= well)
    breaches_.add("not healed", name(row.instance, row.device, row.due) + " is " +
                                    to_words(row.outcome, row.reason) + ", the last fault was over at " +
                                    to_iso(*plan_.healed));
}

void Checker::check_findings() {
  const auto slice_of = [](const CheckedFinding& one) {
    return std::tuple(one.instance, one.due, one.device, one.algorithm);
  };
  std::ranges::sort(findings_, {}, [&](const CheckedFinding& one) {
    return std::tuple(one.instance, one.due, one.device, one.algorithm, one.at);
  });
  for (std::size_t first = 0, i = 1; i <= findings_.size(); ++i) {
    if (i < findings_.size() && slice_of(findings_[i]) == slice_of(findings_[first])) continue;
    check_group(first, i);
    first = i;
  }
}

void Checker::check_group(std::size_t first, std::size_t last) {
  const CheckedFinding& one = findings_[first];
  const std::string slice = name(one.instance, one.device, one.due);
  for (std::size_t i = first; i < last; ++i) {
    if (i > first && findings_[i].at == findings_[i - 1].at)
      breaches_.add("finding twice", "that of " + to_iso(findings_[i].at) + " in " + slice);
  }
  const std::tuple wanted(one.instance, one.due, one.device);
  const auto row = std::ranges::lower_bound(rows_, wanted, {}, &Row::order);
  if (row == rows_.end() || row->order() != wanted) {
    const bool may_be_open = one.due + row_grace >= plan_.known_until;
    if (!may_be_open) breaches_.add("finding without its row", "those of " + slice);
    return;
  }
  const CheckedInstance& instance = plan_.instances[one.instance];
  const auto given_up = given_up_.find(row->order());
  std::uint64_t counted = 0;
  for (std::size_t i = first; i < last; ++i) {
    const bool is_late =
        given_up != given_up_.end() &&
        std::ranges::any_of(given_up->second, [&](const GivenUp& span) { return span.has(findings_[i].at); });
    counted += is_late ? 0 : 1;
    if (findings_[i].is_late && *findings_[i].is_late != is_late)
      breaches_.add("late or not", "that of " + to_iso(findings_[i].at) + " in " + slice + " is told as " +
                                       (is_late ? "one that counts, and is late" : "late, and counts"));
    const Duration since = findings_[i].at - one.due;
    const bool is_in = since >= Duration(0) && since < std::max(row->planned, Duration(1));
    const bool is_on_grid = instance.every_frame || since % seconds(instance.spf) == Duration(0);
    if (!is_in || !is_on_grid)
      breaches_.add("finding without its sample", "at " + to_iso(findings_[i].at) + " in " + slice);
  }
  const std::uint32_t analysed = analysed_[row->first_count + one.algorithm];
  if (counted > analysed)
    breaches_.add("finding without its sample", std::to_string(counted) + " of " + slice + ", where " +
                                                    std::to_string(analysed) + " samples count as analysed");
}

}  // namespace camfleet::check
