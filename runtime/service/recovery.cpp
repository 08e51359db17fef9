#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "actors/plan/capacity.hpp"
#include "actors/plan/window_plan.hpp"
#include "runtime/service/downtime.hpp"
#include "runtime/service/service.hpp"

// How a service goes on from its store.

namespace camfleet::service {
namespace {

result<InstanceSpec> spec_of(const store::InstanceRecord& record, const std::string& zone) {
  return parse_instance(nlohmann::json::parse(record.fields, nullptr, false), {zone});
}

Error of_stored(const store::InstanceRecord& record, const Error& error) {
  return within("stored instance " + std::to_string(record.id), error);
}

/// The devices of an instance by their ids.
class DevicesById {
 public:
  DevicesById(const Roster& roster, InstanceIx instance) {
    by_id_.reserve(roster[instance].devices.size());
    for (const DeviceIx device : roster[instance].devices) by_id_.emplace_back(roster[device].id, device);
    std::ranges::sort(by_id_);
  }
  [[nodiscard]] std::optional<DeviceIx> find(std::string_view id) const {
    const auto found = std::ranges::lower_bound(by_id_, id, {}, &Named::first);
    return found == by_id_.end() || found->first != id ? std::nullopt : std::optional(found->second);
  }

 private:
  using Named = std::pair<std::string_view, DeviceIx>;
  std::vector<Named> by_id_;
};

}  // namespace

result<StoredInstance> Service::take_over(const store::InstanceRecord& record,
                                          const std::vector<std::string>& removed,
                                          plant::SourceFacts& facts) {
  CAMFLEET_TRY(auto spec, spec_of(record, settings_.zone));
  CAMFLEET_CHECK(check_algorithms(spec));
  const std::int64_t acu = acu_used(spec, spec.schedule, settings_.costs);
  std::vector<Duration> phases;
  phases.reserve(record.phases.size());
  for (const store::Nanoseconds phase : record.phases) phases.emplace_back(phase);
  devices_->measure(spec, facts);
  const auto guard = locks();
  CAMFLEET_TRY(const auto gone, devices_->stand_in_for(removed));
  CAMFLEET_CHECK(devices_->know(spec, facts));
  CAMFLEET_TRY(const InstanceIx ix,
               world_->roster().add_instance(std::to_string(record.id), std::move(spec),
                                             instant_of(record.created), std::move(phases)));
  for (const std::string& device : gone) devices_->forget(device);
  StoredInstance stored{.instance = ix};
  Entry entry{record.name, record.project, ix, acu};
  if (!removed.empty()) {
    const DevicesById devices(roster(), ix);
    for (const std::string& device : removed) {
      if (const auto known = devices.find(device)) stored.removed.push_back(*known);
    }
    instances_->set_removed(entry, stored.removed);
  }
  instances_->is_durable(instances_->add(record.id, std::move(entry)));
  reporter_.tell(InstanceCreated{record.id, record.project, true});
  return stored;
}

std::optional<StoredInstance> Service::take_over_ended(const store::InstanceRecord& record) {
  // Nothing of it is looked at any more: what it names need not be there.
  const auto admitted = [&]() -> result<InstanceIx> {
    CAMFLEET_TRY(auto spec, spec_of(record, settings_.zone));
    std::vector<std::string> devices;
    devices.reserve(spec.devices.size());
    for (const DeviceSpec& device : spec.devices) devices.push_back(device.id);
    for (const AlgorithmSpec& algorithm : spec.algorithms) world_->stand_in_for(algorithm.id);
    const auto guard = devices_->lock();
    CAMFLEET_TRY(const auto gone, devices_->stand_in_for(devices));
    auto ix =
        world_->roster().add_instance(std::to_string(record.id), std::move(spec), instant_of(record.created));
    for (const std::string& device : gone) devices_->forget(device);
    return ix;
  }();
  if (admitted.has_value()) return StoredInstance{.instance = admitted.value(), .is_ended = true};
  reporter_.trouble(of_stored(record, admitted.error()));
  return std::nullopt;
}

result<std::vector<StoredInstance>> Service::take_over_all(const store::State& state) {
  std::map<std::int64_t, std::vector<std::string>> removed;
  for (const auto& [instance, device] : state.removed_devices) removed[instance].push_back(device);
  std::vector<StoredInstance> stored;
  plant::SourceFacts facts;
  for (const store::InstanceRecord& record : state.instances) {
    auto one = take_over(record, removed[record.id], facts);
    if (!one.has_value()) return pass(of_stored(record, one.error()));
    stored.push_back(std::move(one).value());
  }
  for (const store::InstanceRecord& record : state.ended_instances) {
    if (auto one = take_over_ended(record)) stored.push_back(std::move(*one));
  }
  return stored;
}

void Service::recall_slices(const store::State& state, std::vector<StoredInstance>& stored) const {
  struct Known {
    StoredInstance* stored;
    DevicesById devices;
  };
  std::map<std::int64_t, Known> known;
  for (StoredInstance& one : stored)
    known.emplace(roster()[one.instance].number, Known{&one, DevicesById(roster(), one.instance)});
  for (const store::LastDue& last : state.last_due) {
    auto& [of, devices] = known.at(last.instance);
    of->last_due = instant_of(last.due);
    for (const store::EndedSlice& one : last.ended) {
      if (const auto device = devices.find(one.device))
        of->ended.push_back({*device, instant_of(one.due), Duration(0)});
    }
  }
  for (const store::OpenSlice& open : state.open_slices) {
    const auto found = known.find(open.name.instance);
    if (found == known.end()) continue;
    const auto device = found->second.devices.find(open.name.device);
    if (device) {
      found->second.stored->open.push_back({*device, instant_of(open.name.due), Duration(open.planned)});
    } else {
      reporter_.trouble({Errc::broken_invariant, "stored slice",
                         "device " + open.name.device + " is none of instance " +
                             std::to_string(open.name.instance) + ", which has a slice of it open"});
    }
  }
  for (const store::MissedSpan& span : state.spans)
    known.at(span.instance).stored->settled = {instant_of(span.from), instant_of(span.until)};
}

void Service::close_cancelled(const Recovery& recovery, const std::vector<StoredInstance>& stored) {
  for (const SliceRow& row : recovery.cancelled) world_->write_off(row);
  for (const StoredInstance& one : stored) {
    if (!one.is_ended) continue;
    {
      const auto guard = instances_->lock();
      ending_.insert(one.instance);
    }
    world_->has_ended(one.instance);
  }
}

result<void> Service::recover() {
  const auto began = std::chrono::steady_clock::now();
  const Instant at = now();
  CAMFLEET_TRY(const store::State state, load_state(at));
  for (const store::StreamSwitch& one : state.switches) switches_.set(one);
  {
    const auto guard = locks();
    instances_->set_last_id(state.last_instance);
    devices_->recall(state.devices);
  }
  if (settings_.fleet) CAMFLEET_CHECK(devices_->take_fleet(*std::move(settings_.fleet), users()));
  CAMFLEET_TRY(std::vector<StoredInstance> stored, take_over_all(state));
  recall_slices(state, stored);
  RecoverySettings settings{.now = at, .settle = settings_.settle, .node = settings_.world.node};
  if (state.life) settings.alive = instant_of(state.life->alive);
  const Recovery recovery = camfleet::recover(stored, roster(), settings);
  CAMFLEET_TRY(auto changes, write_off_spans(state, recovery, settings));
  // Not before: a start that fails leaves the store as it is.
  drop_orphaned_switches();
  recovering_ = true;
  for (const auto& [key, planned] : recovery.reopened) world_->reopen(key, planned);
  recall_parts(state, recovery);
  close_cancelled(recovery, stored);
  recovering_ = false;
  changes.emplace_back(life_now());
  commits_->submit(std::move(changes));
  world_->start();
  CAMFLEET_CHECK(await_nodes(state));
  for (const StoredInstance& one : stored) {
    if (one.last_due && !one.is_ended) instances_->has_begun(one.instance);
  }
  for (const auto& [add, slices, settles_anew] : recovery.followed) {
    const auto guard = instances_->lock();
    tell_switched(instances_->at(roster()[add.instance].number));
    world_->add(add, slices);
  }
  CAMFLEET_CHECK(open_cluster(state));
  reporter_.recovered(state.instances.size(), roster().device_count(), state.open_slices.size(),
                      std::chrono::steady_clock::now() - began);
  return success();
}

result<store::State> Service::load_state(Instant now) {
  CAMFLEET_TRY(store::State state, store_->load());
  if (state.life) CAMFLEET_CHECK(check_life(settings_.store, *state.life, settings_.world.rehearsal, now));
  const bool is_ahead = std::ranges::any_of(
      state.last_due, [&](const store::LastDue& last) { return instant_of(last.due) > now; });
  const Instant alive = state.life ? instant_of(state.life->alive) : now;
  reporter_.made_later(state, now);
  if (state.has_lost_log) reporter_.lost_log(settings_.store, state);
  if (alive <= now && !is_ahead) return state;
  CAMFLEET_TRY(const store::Withdrawn withdrawn, store_->withdraw(now.time_since_epoch().count()));
  reporter_.withdrawn(withdrawn, now, alive);
  return store_->load();
}

result<std::uint64_t> Service::count_missed(const AddInstance& added, const store::State& state,
                                            Instant now) const {
  const InstanceEntry& instance = roster()[added.instance];
  store::Query rows;
  rows.instances = {instance.number};
  rows.from = added.settled_from.time_since_epoch().count();
  rows.to = now.time_since_epoch().count();
  rows.limit = 0;
  rows.state = store::SliceState::ended;
  CAMFLEET_TRY(const store::SlicePage page, store_->slices(rows));
  // Spans are rows too.
  const auto spans = std::ranges::count_if(state.spans, [&](const store::MissedSpan& one) {
    return one.instance == instance.number && one.from < *rows.to && one.until > *rows.from;
  });
  const auto guard = instances_->lock();
  const std::uint64_t due =
      count_due(instance, roster(), added.settled_from, now, instances_->at(instance.number).removed);
  const std::uint64_t with_row = page.total - static_cast<std::uint64_t>(spans);
  return due > with_row ? due - with_row : 0;
}

result<std::vector<store::Change>> Service::write_off_spans(const store::State& state,
                                                            const Recovery& recovery,
                                                            const RecoverySettings& settings) {
  std::vector<store::Change> changes;
  std::uint64_t slices = 0;
  std::size_t instances = 0;
  for (const auto& [add, recalled, settles_anew] : recovery.followed) {
    if (!settles_anew) continue;
    CAMFLEET_TRY(const std::uint64_t missed, count_missed(add, state, settings.now));
    slices += missed;
    const store::MissedSpan row =
        missed_span(roster()[add.instance].number, add.settled_from, settings.now, missed);
    if (missed > 0) {
      ++instances;
      changes.emplace_back(store::PutMissedSpan{row});
    } else {
      changes.emplace_back(store::DropMissedSpan{row.instance, row.from});
    }
  }
  if (slices > 0) reporter_.absence(instances, slices, settings.alive, settings.now);
  return changes;
}

}  // namespace camfleet::service
