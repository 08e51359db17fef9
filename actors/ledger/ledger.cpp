#include "actors/ledger/ledger.hpp"

#include <algorithm>
#include <cassert>
#include <tuple>

#include "actors/base/hash.hpp"
#include "actors/base/text.hpp"

namespace camfleet {
namespace {

/// Of one algorithm, without regard to the others.
Outcome judge_account(const AlgorithmAccount& account) {
  const std::uint64_t seen = std::uint64_t{account.analysed} + account.gated;
  // Every-frame slices owe what was delivered: nothing delivered is missed, not done.
  if (seen == 0) return Outcome::missed;
  return seen == account.due ? Outcome::done : Outcome::partial;
}

std::uint64_t pair_of(InstanceIx instance, DeviceIx device) {
  return (std::uint64_t{instance.value} << 32U) | device.value;
}
std::uint64_t pair_of(const SliceKey& key) {
  return pair_of(key.instance, key.device);
}

std::string describe(const SliceKey& key) {
  return "instance " + std::to_string(key.instance.value) + ", device " + std::to_string(key.device.value) +
         ", due " + to_iso(key.due_at);
}

auto broken(const SliceKey& key, std::string what) {
  return fail(Errc::broken_invariant, describe(key), std::move(what));
}

}  // namespace

Judgement judge(const SliceRow& row) {
  std::array<std::uint64_t, reason_count> dropped{};
  Outcome worst = Outcome::done;
  for (const AlgorithmAccount& account : row.algorithms) {
    worst = std::max(worst, judge_account(account));
    for (std::size_t i = 0; i < reason_count; ++i) dropped[i] += account.dropped[i];
  }
  if (row.skipped) worst = Outcome::skipped;
  if (worst == Outcome::done) return {};
  const auto commonest = std::max_element(dropped.begin(), dropped.end());
  if (*commonest == 0) return {worst, row.fault};
  return {worst, static_cast<Reason>(commonest - dropped.begin())};
}

void give_up_all(SliceRow& row) {
  const Instant ends = std::max(row.key.due_at + row.planned, row.ended_at);
  if (ends > row.key.due_at) row.given_up = {{row.key.due_at, ends}};
}

result<void> check_row(const SliceRow& row) {
  if (row.algorithms.empty() || row.algorithms.size() > max_algorithms)
    return broken(row.key, "a row has 1 to 16 algorithms");
  for (std::size_t i = 0; i < row.algorithms.size(); ++i) {
    const AlgorithmAccount& account = row.algorithms[i];
    if (account.due != account.accounted()) {
      return broken(row.key, "algorithm " + std::to_string(i) + ": due " + std::to_string(account.due) +
                                 " is not analysed " + std::to_string(account.analysed) + " + gated " +
                                 std::to_string(account.gated) + " + dropped " +
                                 std::to_string(account.dropped_sum()));
    }
    if (account.dropped[0] != 0) return broken(row.key, "samples were dropped without a reason");
    if (row.skipped && account.analysed + account.gated > 0)
      return broken(row.key, "a skipped slice has analysed samples");
    if (!row.started_at && account.analysed + account.gated > 0)
      return broken(row.key, "analysed, but never started");
  }
  if (row.started_at && *row.started_at < row.key.due_at) return broken(row.key, "started before it was due");
  if (row.ended_at < row.started_at.value_or(row.key.due_at))
    return broken(row.key, "ended before its start");
  if (row.planned < Duration(0) || row.observed < Duration(0) || row.observed > row.planned) {
    return broken(row.key,
                  "observed " + to_seconds(row.observed) + " s of planned " + to_seconds(row.planned) + " s");
  }
  if (row.verdict != judge(row)) return broken(row.key, "its verdict is not what its samples say");
  if ((row.verdict.outcome == Outcome::done) != (row.verdict.reason == Reason::none))
    return broken(row.key, "not done, but without a reason");
  return success();
}

std::size_t SliceKeyHash::operator()(const SliceKey& key) const {
  return mix(mix(pair_of(key)) ^ static_cast<std::uint64_t>(key.due_at.time_since_epoch().count()));
}

std::uint64_t Ledger::name_hash(const SliceKey& key) const {
  return mix(hash_text((*roster_)[key.device].id, mix(hash_text((*roster_)[key.instance].id))));
}

result<void> Ledger::due(const SliceKey& key, Duration planned) {
  const auto [last, is_first] = last_due_.try_emplace(pair_of(key), key.due_at);
  if (!is_first && key.due_at <= last->second) {
    return broken(key, "due again: the slice before it was due at " + to_iso(last->second));
  }
  last->second = key.due_at;
  if (last_due_of_.size() <= key.instance.value) last_due_of_.resize(key.instance.value + 1, Instant::min());
  Instant& last_of_instance = last_due_of_[key.instance.value];
  last_of_instance = std::max(last_of_instance, key.due_at);
  open_.emplace(key, planned);
  ++totals_.slices_due;
  std::uint64_t hash =
      mix(name_hash(key) ^ static_cast<std::uint64_t>(key.due_at.time_since_epoch().count()));
  hash = mix(hash ^ static_cast<std::uint64_t>(planned.count()));
  plan_fingerprint_ += hash;
  while (!planned_ends_.empty() && planned_ends_.top() <= key.due_at) planned_ends_.pop();
  const bool is_endless = planned == Duration(0) || planned > end_of_time - key.due_at;
  planned_ends_.push(is_endless ? end_of_time : key.due_at + planned);
  totals_.peak = std::max<std::uint64_t>(totals_.peak, planned_ends_.size());
  return success();
}

result<void> Ledger::ended(const SliceRow& row, std::string_view line) {
  CAMFLEET_CHECK(check_row(row));
  if (open_.erase(row.key) != 1)
    return broken(row.key, "ended, but it is not open: it was never due or has ended before");
  ++totals_.slices[static_cast<std::size_t>(row.verdict.outcome)];
  for (const AlgorithmAccount& account : row.algorithms) {
    totals_.samples_due += account.due;
    totals_.analysed += account.analysed;
    totals_.gated += account.gated;
    for (std::size_t i = 0; i < reason_count; ++i) totals_.dropped[i] += account.dropped[i];
  }
  if (!line.empty()) fingerprint_ += mix(hash_line(line));
  return success();
}

void Ledger::forget(InstanceIx instance) {
  for (const DeviceIx device : (*roster_)[instance].devices) last_due_.erase(pair_of(instance, device));
  if (instance.value < last_due_of_.size()) last_due_of_[instance.value] = Instant::min();
}

result<void> Ledger::closed() const {
  if (!open_.empty()) {
    const auto first = std::ranges::min_element(open_, {}, [](const auto& entry) {
      return std::tuple(entry.first.due_at, entry.first.instance.value, entry.first.device.value);
    });
    return broken(first->first, std::to_string(open_.size()) + " slices have no outcome, this one first");
  }
  std::uint64_t slices = 0;
  for (const std::uint64_t count : totals_.slices) slices += count;
  std::uint64_t samples = totals_.analysed + totals_.gated;
  for (const std::uint64_t count : totals_.dropped) samples += count;
  if (slices != totals_.slices_due || samples != totals_.samples_due) {
    return fail(Errc::broken_invariant, "ledger",
                "due " + std::to_string(totals_.slices_due) + " slices and " +
                    std::to_string(totals_.samples_due) + " samples, accounted for " +
                    std::to_string(slices) + " and " + std::to_string(samples));
  }
  return success();
}

std::vector<std::pair<SliceKey, Duration>> Ledger::open_slices() const {
  std::vector<std::pair<SliceKey, Duration>> slices(open_.begin(), open_.end());
  std::ranges::sort(slices, {}, [](const auto& slice) {
    const SliceKey& key = slice.first;
    return std::tuple(key.due_at, key.instance.value, key.device.value);
  });
  return slices;
}

std::string Ledger::fingerprint() const {
  return to_hex(fingerprint_);
}
std::string Ledger::plan_fingerprint() const {
  return to_hex(plan_fingerprint_);
}

}  // namespace camfleet
