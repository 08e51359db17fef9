#include "actors/machines/journey.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "actors/base/text.hpp"

namespace camfleet {
namespace {

void add(AlgorithmAccount& sum, const AlgorithmAccount& part) {
  sum.due += part.due;
  sum.analysed += part.analysed;
  sum.gated += part.gated;
  for (std::size_t i = 0; i < part.dropped.size(); ++i) sum.dropped[i] += part.dropped[i];
}

}  // namespace

SampleCount count_of(std::span<const AlgorithmAccount> accounts) {
  SampleCount count;
  for (const AlgorithmAccount& account : accounts) {
    count.due += account.due;
    count.through += account.analysed + account.gated;
  }
  return count;
}

void Journey::leave(std::string node, Instant now, std::string why, std::span<AlgorithmAccount> accounts) {
  std::uint64_t told = 0;
  for (const AlgorithmAccount& account : accounts) told = std::max(told, account.accounted());
  Duration through = every_frame ? progress.observed : seconds(spf_s) * static_cast<std::int64_t>(told);
  if (live) {
    const Duration passed = std::max(Duration(0), now - due_at);
    const Duration spf = seconds(spf_s);
    through = every_frame ? passed : std::max(through, spf * ceil_div(passed, spf));
  }
  through = std::min(through, ends_at - due_at);
  assert(before.size() == accounts.size());
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    AlgorithmAccount& account = accounts[i];
    if (!every_frame) account.due = static_cast<std::uint32_t>(ceil_div(through, seconds(spf_s)));
    const auto open = static_cast<std::uint32_t>(account.due - account.accounted());
    if (open > 0) account.drop(Reason::node_lost, open);
    add(before[i], account);
    account = {};
  }
  if (progress.started && !started_at) started_at = progress.started_at;
  observed += std::min(progress.observed, through);
  progress = {};
  parts.push_back({std::move(node), part_from, now, std::move(why)});
  due_at += through;
  media_from += through;
  place = 0;
}

void Journey::drop_rest(Reason reason, Instant now) {
  if (ends_at == end_of_time) ends_at = std::max(now, due_at);
  if (over()) return;
  const auto left = every_frame ? 0U : static_cast<std::uint32_t>(ceil_div(ends_at - due_at, seconds(spf_s)));
  for (AlgorithmAccount& account : before) {
    account.due += left;
    if (left > 0) account.drop(reason, left);
  }
  due_at = ends_at;
}

void Journey::complete(SliceRow& row) const {
  assert(before.size() == row.algorithms.size());
  for (std::size_t i = 0; i < before.size(); ++i) add(row.algorithms[i], before[i]);
  if (started_at) row.started_at = started_at;
  row.observed += observed;
  row.planned += due_at - row.key.due_at;
  row.parts = parts;
  if (!parts.empty() && place != 0) row.parts.push_back({std::string(row.node), part_from, row.ended_at, ""});
}

}  // namespace camfleet
