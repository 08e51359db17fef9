#include "actors/machines/running_slice.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace camfleet {
namespace {

void add(AlgorithmAccount& sum, const AlgorithmAccount& part) {
  sum.due += part.due;
  sum.analysed += part.analysed;
  sum.gated += part.gated;
  for (std::size_t i = 0; i < part.dropped.size(); ++i) sum.dropped[i] += part.dropped[i];
}

/// How much of what is left has passed at `now`, or was told of.
Duration through_at(Instant now, const RunningSlice& slice, std::uint64_t told, const Cadence& cadence) {
  const Duration spf = cadence.spf;
  Duration through =
      cadence.every_frame ? slice.journey->progress.observed : spf * static_cast<std::int64_t>(told);
  if (cadence.is_live) {
    const Duration passed = std::max(Duration(0), now - slice.due_at);
    through = cadence.every_frame ? passed : std::max(through, spf * ceil_div(passed, spf));
  }
  return std::min(through, slice.ends_at - slice.due_at);
}

/// How far the first `told` of `due` frames reach that were observed for so long, as if they were as far
/// apart.
Duration share_of(Duration observed, std::uint64_t told, std::uint64_t due) {
  if (told >= due) return observed;
  return observed / static_cast<std::int64_t>(due) * static_cast<std::int64_t>(told);
}

}  // namespace

std::vector<AlgorithmAccount>& RunningSlice::accounts_of(std::size_t count) {
  std::vector<AlgorithmAccount>& accounts = make_journey().accounts;
  assert(accounts.empty() || accounts.size() == count);
  accounts.resize(count);
  return accounts;
}

Journey& RunningSlice::make_journey() {
  if (!journey) journey = std::make_unique<Journey>();
  return *journey;
}

SampleCount RunningSlice::leave(std::string node, Instant now, std::string why, const Cadence& cadence,
                                std::size_t algorithms) {
  assert(place && *place != home_place && journey);
  std::uint64_t told = 0;
  std::vector<AlgorithmAccount>& accounts = accounts_of(algorithms);
  // The progress that goes with its first accounts has not come: nobody knows when it started.
  for (AlgorithmAccount& account : accounts) {
    if (!journey->progress.started) account.analysed = account.gated = 0;
    told = std::max(told, account.accounted());
  }
  const Duration through = through_at(now, *this, told, cadence);
  std::uint64_t least_told = accounts.front().accounted();
  for (const AlgorithmAccount& account : accounts) least_told = std::min(least_told, account.accounted());
  const Duration accounted = cadence.every_frame
                                 ? share_of(journey->progress.observed, least_told, accounts.front().due)
                                 : cadence.spf * static_cast<std::int64_t>(least_told);
  journey->give_up(due_at + accounted, due_at + through);
  SliceSoFar& so_far = journey->so_far;
  so_far.accounts.resize(algorithms);
  for (std::size_t i = 0; i < algorithms; ++i) {
    AlgorithmAccount& account = accounts[i];
    if (!cadence.every_frame) account.due = static_cast<std::uint32_t>(ceil_div(through, cadence.spf));
    const auto open = static_cast<std::uint32_t>(account.due - account.accounted());
    if (open > 0) account.drop(Reason::node_lost, open);
    add(so_far.accounts[i], account);
  }
  const SampleCount left = count_of(accounts);
  accounts.clear();
  const SliceProgress& progress = journey->progress;
  if (progress.started && !so_far.started_at) so_far.started_at = progress.started_at;
  so_far.observed += std::min(progress.observed, through);
  if (journey->had_begun && cadence.is_live)
    journey->give_up(due_at,
                     progress.started ? progress.started_at - cadence.spf + Duration(1) : due_at + through);
  journey->had_begun = false;
  journey->progress = {};
  so_far.parts.push_back({std::move(node), journey->part_from, now, std::move(why)});
  due_at += through;
  media_from += through;
  so_far.due_at = due_at;
  journey->last_place = std::exchange(place, std::nullopt);
  return left;
}

Instant RunningSlice::between_samples(Instant at, const Cadence& cadence) const {
  constexpr Duration apart = milliseconds(500);
  if (cadence.every_frame || at < due_at) return at;
  const Duration since = (at - due_at) % cadence.spf;
  if (since < apart) return at + (apart - since);
  return cadence.spf - since < apart ? at + (cadence.spf - since) + apart : at;
}

void RunningSlice::skip(Instant due, Reason reason, const Cadence& cadence, std::size_t algorithms) {
  SliceSoFar& so_far = make_journey().so_far;
  so_far.accounts.resize(algorithms);
  const auto passed =
      cadence.every_frame ? 0U : static_cast<std::uint32_t>(ceil_div(due - due_at, cadence.spf));
  for (AlgorithmAccount& account : so_far.accounts) {
    account.due += passed;
    if (passed > 0) account.drop(reason, passed);
  }
  media_from += due - due_at;
  journey->give_up(due_at, due);
  so_far.due_at = due_at = due;
}

bool RunningSlice::give_up_passed(Instant to, std::size_t algorithms) {
  to = std::min(to, ends_at);
  if (to <= due_at) return false;
  SliceSoFar& so_far = make_journey().so_far;
  so_far.accounts.resize(algorithms);
  so_far.due_at = due_at;
  journey->give_up(due_at, to);
  return true;
}

void RunningSlice::recall(const SliceSoFar& so_far) {
  make_journey().so_far = so_far;
  media_from += so_far.due_at - due_at;
  due_at = so_far.due_at;
}

void RunningSlice::drop_rest(Reason reason, Instant now, const Cadence& cadence, std::size_t algorithms) {
  if (ends_at == end_of_time) ends_at = std::max(now, due_at);
  if (is_over()) return;
  if (journey && (journey->had_begun || journey->last_place)) journey->give_up(due_at, ends_at);
  const auto left =
      cadence.every_frame ? 0U : static_cast<std::uint32_t>(ceil_div(ends_at - due_at, cadence.spf));
  for (AlgorithmAccount& account : accounts_of(algorithms)) {
    account.due += left;
    if (left > 0) account.drop(reason, left);
  }
  due_at = ends_at;
}

void give_up_until_start(SliceRow& row, Instant due, const Cadence& cadence) {
  const Instant ends = row.key.due_at + row.planned;
  const bool has_started = row.started_at && *row.started_at >= due;
  const Instant to = !has_started          ? ends
                     : cadence.every_frame ? *row.started_at
                                           : *row.started_at - cadence.spf;
  if (due < to) row.given_up.push_back({due, to + Duration(1)});
}

void give_up_rest(SliceRow& row, const Cadence& cadence) {
  std::uint64_t least = UINT32_MAX;
  for (const AlgorithmAccount& one : row.algorithms)
    least = std::min(least, std::uint64_t{one.analysed} + one.gated);
  const Duration counted =
      cadence.every_frame ? row.observed : cadence.spf * static_cast<std::int64_t>(least);
  if (counted < row.planned) row.given_up.push_back({row.key.due_at + counted, row.key.due_at + row.planned});
}

void RunningSlice::complete(SliceRow& row) const {
  row.planned += due_at - key.due_at;
  if (!journey) return;
  const SliceSoFar& so_far = journey->so_far;
  assert(so_far.accounts.empty() || so_far.accounts.size() == row.algorithms.size());
  for (std::size_t i = 0; i < so_far.accounts.size(); ++i) add(row.algorithms[i], so_far.accounts[i]);
  if (so_far.started_at) row.started_at = so_far.started_at;
  row.observed += so_far.observed;
  row.parts = so_far.parts;
  row.given_up.insert(row.given_up.begin(), so_far.given_up.begin(), so_far.given_up.end());
  if (!row.parts.empty() && place)
    row.parts.push_back({std::string(row.node), journey->part_from, row.ended_at, ""});
}

}  // namespace camfleet
