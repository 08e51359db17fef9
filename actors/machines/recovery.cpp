#include "actors/machines/recovery.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "actors/machines/instance.hpp"

namespace camfleet {
namespace {

struct Settling {
  SettledSpan span;
  bool is_new = false;
};

std::optional<Settling> settling(const StoredInstance& stored, Instant accounted_until,
                                 const RecoverySettings& settings) {
  const Instant now = settings.now;
  // Nothing was due since the span: what is due before it may still be written off by a start that was
  // killed.
  const bool has_span = stored.settled && stored.settled->to >= accounted_until;
  Instant last = has_span ? stored.settled->to : accounted_until;
  if (settings.alive) last = std::max(last, std::min(*settings.alive, now));
  const bool is_long_ago = now - last > settings.settle;
  if (has_span) {
    if (is_long_ago) return Settling{{stored.settled->from, now}, true};
    // A clock that was ahead had it reach beyond now.
    return Settling{*stored.settled, stored.settled->to == now};
  }
  if (!is_long_ago) return std::nullopt;
  Instant limit = last + settings.settle;
  for (const StoredSlice& open : stored.open) {
    if (open.due_at < now) limit = std::max(limit, open.due_at + Duration(1));
  }
  if (limit >= now) return std::nullopt;
  return Settling{{limit, now}, true};
}

Recovery::Followed follow(const StoredInstance& stored, const std::set<DeviceIx>& removed,
                          const Roster& roster, const RecoverySettings& settings) {
  const InstanceEntry& instance = roster[stored.instance];
  Recovery::Followed followed{AddInstance{stored.instance, instance.created}, {}};
  AddInstance& add = followed.add;
  add.down_until = settings.now;
  if (stored.last_due) {
    std::set<DeviceIx> known;
    for (const StoredSlice& ended : stored.ended) {
      if (removed.contains(ended.device)) continue;
      if (ended.due_at == *stored.last_due) known.insert(ended.device);
      followed.slices.push_back({ended.device, ended.due_at, true});
    }
    for (const StoredSlice& open : stored.open) {
      if (open.due_at == *stored.last_due && !removed.contains(open.device)) known.insert(open.device);
    }
    // What is due at one instant may be in two commits, of which the process saw one.
    const bool is_whole = known.size() + removed.size() >= instance.devices.size();
    if (is_whole)
      std::erase_if(followed.slices, [&](const RecallSlice& one) { return one.due_at == *stored.last_due; });
    add.accounted_until = std::max(add.accounted_until, *stored.last_due + Duration(is_whole ? 1 : 0));
  }
  if (const auto settled = settling(stored, add.accounted_until, settings)) {
    add.settled_from = settled->span.from;
    add.settled_to = settled->span.to;
    followed.settles_anew = settled->is_new;
  }
  for (const StoredSlice& open : stored.open) {
    if (removed.contains(open.device)) continue;
    followed.slices.push_back({open.device, open.due_at});
    add.reopened_from = std::min(add.reopened_from, open.due_at);
  }
  return followed;
}

SliceRow cancelled_row(const SliceKey& key, Duration planned, const Roster& roster,
                       const RecoverySettings& settings) {
  // One without an end lasted until now.
  const Duration lasted = planned == Duration(0) ? std::max(settings.now, key.due_at) - key.due_at : planned;
  SliceRow row = row_without_samples(roster, key, lasted, Reason::cancelled, settings.now, settings.node);
  give_up_all(row);
  return row;
}

}  // namespace

Recovery recover(std::span<const StoredInstance> stored, const Roster& roster,
                 const RecoverySettings& settings) {
  Recovery recovery;
  for (const StoredInstance& one : stored) {
    const std::set<DeviceIx> removed(one.removed.begin(), one.removed.end());
    if (!one.is_ended) recovery.followed.push_back(follow(one, removed, roster, settings));
    for (const StoredSlice& open : one.open) {
      const SliceKey key{one.instance, open.device, open.due_at};
      recovery.reopened.emplace_back(key, open.planned);
      if (one.is_ended || removed.contains(open.device))
        recovery.cancelled.push_back(cancelled_row(key, open.planned, roster, settings));
    }
  }
  const auto order = [](const SliceKey& key) { return std::tuple(key.due_at, key.instance, key.device); };
  std::ranges::sort(recovery.reopened, {}, [&](const auto& one) { return order(one.first); });
  std::ranges::sort(recovery.cancelled, {}, [&](const SliceRow& row) { return order(row.key); });
  return recovery;
}

}  // namespace camfleet
