#include <algorithm>

#include <nlohmann/json.hpp>

#include "actors/capacity.hpp"
#include "runtime/service/service.hpp"

// How a service goes on from its store.

namespace camfleet::service {
namespace {

Instant instant_of(store::Nanoseconds count) {
  return Instant(Duration(count));
}

/// The row of a slice whose instance was deleted before it could be accounted for.
std::string cancelled_line(const store::OpenSlice& open, Instant now, const std::string& node) {
  nlohmann::ordered_json line;
  line["instance"] = std::to_string(open.name.instance);
  line["device"] = open.name.device;
  line["due_at"] = to_iso(instant_of(open.name.due));
  line["started_at"] = nullptr;
  line["ended_at"] = to_iso(std::max(now, instant_of(open.name.due)));
  line["planned_s"] = open.planned / seconds(1).count();
  line["observed_s"] = 0;
  line["cut"] = false;
  line["outcome"] = "missed";
  line["reason"] = "cancelled";
  line["node"] = node;
  line["parts"] = nlohmann::ordered_json::array();
  line["algorithms"] = nlohmann::ordered_json::array();
  return line.dump();
}

}  // namespace

result<Service::Recalled> Service::take_over(const store::InstanceRecord& record,
                                             const std::vector<std::string>& removed,
                                             plant::MeasuredFootage& footage) {
  const auto fields = nlohmann::json::parse(record.fields, nullptr, false);
  CAMFLEET_TRY(auto spec, parse_instance(fields, {settings_.zone}));
  std::vector<Duration> phases;
  for (const store::Nanoseconds phase : record.phases) phases.emplace_back(phase);
  const std::int64_t acu = acu_used(spec, spec.schedule, settings_.costs);
  CAMFLEET_TRY(const auto gone, stand_in_for(removed));
  measure(spec, footage);
  CAMFLEET_TRY(const InstanceIx ix,
               admit(record.id, std::move(spec), instant_of(record.created), std::move(phases), footage));
  ++durable_in_[record.project];
  Entry& entry =
      instances_.emplace(record.id, Entry{record.name, record.project, ix, acu, true, new_facts(ix), {}})
          .first->second;
  for (const std::string& device : removed) entry.removed.push_back(*roster().find_device(device));
  for (const std::string& device : gone) analysis_->roster().forget_device(device);
  if (!entry.removed.empty()) {
    entry.acu = acu_of(entry);
    entry.facts = new_facts(ix, entry.removed);
  }
  observers_.metrics->instance_added();
  return Recalled{{ix, instant_of(record.created)}, {}};
}

void Service::recall_ended(const store::LastDue& last, const std::vector<store::OpenSlice>& open,
                           Recalled& recalled) {
  const Entry& entry = instances_.at(last.instance);
  const Instant due = instant_of(last.due);
  std::set<DeviceIx> known;
  for (const std::string& id : last.ended) {
    const auto device = roster().find_device(id);
    if (!device || !uses(entry, id)) continue;
    known.insert(*device);
    recalled.slices.push_back({*device, due, true});
  }
  const auto when = [](const store::OpenSlice& one) { return std::pair(one.name.due, one.name.instance); };
  const std::pair wanted(last.due, last.instance);
  for (auto one = std::ranges::lower_bound(open, wanted, {}, when); one != open.end() && when(*one) == wanted;
       ++one) {
    if (uses(entry, one->name.device)) known.insert(*roster().find_device(one->name.device));
  }
  // What is due at one instant may be in two commits, of which the process saw one.
  const bool is_whole = known.size() + entry.removed.size() >= roster()[entry.ix].devices.size();
  if (is_whole) recalled.slices.clear();
  recalled.add.accounted_until = std::max(recalled.add.accounted_until, due + Duration(is_whole ? 1 : 0));
  has_begun(entry.ix);
}

void Service::reopen(const store::OpenSlice& open, std::vector<Recalled>& recalled) {
  const auto found = instances_.find(open.name.instance);
  const auto device = roster().find_device(open.name.device);
  if (found == instances_.end() || !device || !uses(found->second, open.name.device)) {
    commits_->submit(
        {store::SliceEnded{{open.name, "missed", cancelled_line(open, now(), settings_.analysis.node)}}});
    return;
  }
  const InstanceIx ix = found->second.ix;
  const Instant due = instant_of(open.name.due);
  analysis_->reopen({ix, *device, due}, Duration(open.planned));
  Recalled& of = recalled[ix.value];
  of.slices.push_back({*device, due});
  of.add.reopened_from = std::min(of.add.reopened_from, due);
}

result<void> Service::recover() {
  const auto began = std::chrono::steady_clock::now();
  CAMFLEET_TRY(const store::State state, store_->load());
  last_id_ = state.last_instance;
  for (const store::DeviceRecord& device : state.devices) devices_.emplace(device.id, device);
  for (const store::StreamSwitch& one : state.switches) switched_[one.device][one.project] = one.on;
  uploads_->keep_only([this](const std::string& source) { return devices_.contains(source); });
  std::map<std::int64_t, std::vector<std::string>> removed;
  for (const auto& [instance, device] : state.removed_devices) removed[instance].push_back(device);
  if (settings_.fleet) CAMFLEET_CHECK(take_fleet(*settings_.fleet));
  // The roster is empty: instances get their numbers in this order.
  std::vector<Recalled> recalled;
  plant::MeasuredFootage footage;
  for (const store::InstanceRecord& record : state.instances) {
    auto one = take_over(record, removed[record.id], footage);
    if (!one.has_value())
      return BOOST_OUTCOME_V2_NAMESPACE::failure(
          within("stored instance " + std::to_string(record.id), one.error()));
    recalled.push_back(std::move(one).value());
  }
  for (const store::LastDue& last : state.last_due)
    recall_ended(last, state.open_slices, recalled[instances_.at(last.instance).ix.value]);
  // Not before: a start that fails leaves the store as it is.
  drop_orphaned_switches();
  recovering_ = true;
  for (const store::OpenSlice& open : state.open_slices) reopen(open, recalled);
  recovering_ = false;
  analysis_->start();
  for (const Recalled& one : recalled) {
    tell_switched(instances_.at(id_of_[one.add.instance.value]));
    analysis_->add(one.add, one.slices);
  }
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  observers_.log->info("recovered", {{"instances", instances_.size()},
                                     {"devices", roster().device_count()},
                                     {"open_slices", state.open_slices.size()},
                                     {"ms", took.count()}});
  return success();
}

result<std::vector<std::string>> Service::stand_in_for(const std::vector<std::string>& removed) {
  std::vector<std::string> gone;
  for (const std::string& id : removed) {
    if (roster().find_device(id) || is_made(id)) continue;
    DeviceEntry entry;
    entry.id = id;
    CAMFLEET_CHECK(analysis_->roster().add_device(std::move(entry)));
    gone.push_back(id);
  }
  return gone;
}

}  // namespace camfleet::service
