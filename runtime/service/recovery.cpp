#include <algorithm>

#include <nlohmann/json.hpp>

#include "actors/capacity.hpp"
#include "actors/json_text.hpp"
#include "actors/window_plan.hpp"
#include "runtime/service/service.hpp"

// How a service goes on from its store.

namespace camfleet::service {
namespace {

Instant instant_of(store::Nanoseconds count) {
  return Instant(Duration(count));
}

/// The row of a slice whose instance was deleted before it could be accounted for.
std::string cancelled_line(const store::OpenSlice& open, Instant now, const std::string& node) {
  const Instant due = instant_of(open.name.due);
  const Instant ended = std::max(now, due);
  nlohmann::ordered_json line;
  line["instance"] = std::to_string(open.name.instance);
  line["device"] = open.name.device;
  line["due_at"] = to_iso(due);
  line["started_at"] = nullptr;
  line["ended_at"] = to_iso(ended);
  // One without an end, stored with 0, lasted until now.
  line["planned_s"] = json_seconds(open.planned == 0 ? ended - due : Duration(open.planned));
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
  for (const std::string& device : gone) forget_device(device);
  if (!entry.removed.empty()) {
    entry.acu = acu_of(entry);
    entry.facts = new_facts(ix, entry.removed);
  }
  tell(InstanceCreated{record.id, record.project, true});
  AddInstance add{ix, instant_of(record.created)};
  add.down_until = began_at_;
  return Recalled{add, {}};
}

void Service::recall_ended(const store::LastDue& last, const std::vector<store::OpenSlice>& open,
                           Recalled& recalled) {
  const Entry& entry = instances_.at(last.instance);
  const Instant due = instant_of(last.due);
  std::set<DeviceIx> known;
  for (const store::EndedSlice& one : last.ended) {
    const auto device = roster().find_device(one.device);
    if (!device || !uses(entry, one.device)) continue;
    if (one.due == last.due) known.insert(*device);
    recalled.slices.push_back({*device, instant_of(one.due), true});
  }
  const auto when = [](const store::OpenSlice& one) { return std::pair(one.name.due, one.name.instance); };
  const std::pair wanted(last.due, last.instance);
  for (auto one = std::ranges::lower_bound(open, wanted, {}, when); one != open.end() && when(*one) == wanted;
       ++one) {
    if (uses(entry, one->name.device)) known.insert(*roster().find_device(one->name.device));
  }
  // What is due at one instant may be in two commits, of which the process saw one.
  const bool is_whole = known.size() + entry.removed.size() >= roster()[entry.ix].devices.size();
  if (is_whole) std::erase_if(recalled.slices, [&](const RecallSlice& one) { return one.due_at == due; });
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
  CAMFLEET_TRY(const store::State state, load_state());
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
  CAMFLEET_TRY(auto changes, write_off_spans(state, recalled));
  changes.emplace_back(life_now());
  commits_->submit(std::move(changes));
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

result<store::State> Service::load_state() {
  began_at_ = now();
  CAMFLEET_TRY(store::State state, store_->load());
  if (state.life)
    CAMFLEET_CHECK(check_life(settings_.store, *state.life, settings_.analysis.rehearsal, began_at_));
  const bool is_ahead = std::ranges::any_of(
      state.last_due, [&](const store::LastDue& last) { return instant_of(last.due) > began_at_; });
  const Instant alive = state.life ? instant_of(state.life->alive) : began_at_;
  report_made_later(state);
  if (state.has_lost_log) report_lost_log(state);
  if (alive <= began_at_ && !is_ahead) return state;
  CAMFLEET_TRY(const store::Withdrawn withdrawn, store_->withdraw(began_at_.time_since_epoch().count()));
  observers_.metrics->slices_withdrawn(withdrawn.slices + withdrawn.open);
  observers_.log->warn("clock is behind what the store knows", {{"now", to_iso(began_at_)},
                                                                {"last_alive", to_iso(alive)},
                                                                {"withdrawn", withdrawn.slices},
                                                                {"withdrawn_open", withdrawn.open},
                                                                {"withdrawn_spans", withdrawn.spans},
                                                                {"withdrawn_findings", withdrawn.findings}});
  return store_->load();
}

result<std::uint64_t> Service::count_missed(const Entry& entry, std::int64_t id, Instant from,
                                            const store::State& state) const {
  store::Query rows;
  rows.instances = {id};
  rows.from = from.time_since_epoch().count();
  rows.to = began_at_.time_since_epoch().count();
  rows.limit = 0;
  rows.state = store::SliceState::ended;
  CAMFLEET_TRY(const store::SlicePage page, store_->slices(rows));
  // Spans are rows too.
  const auto spans = std::ranges::count_if(state.spans, [&](const store::MissedSpan& one) {
    return one.instance == id && one.from < *rows.to && one.until > *rows.from;
  });
  const std::uint64_t due = count_due(roster()[entry.ix], roster(), from, began_at_, entry.removed);
  const std::uint64_t with_row = page.total - static_cast<std::uint64_t>(spans);
  return due > with_row ? due - with_row : 0;
}

result<std::vector<store::Change>> Service::write_off_spans(const store::State& state,
                                                            std::vector<Recalled>& recalled) {
  std::map<std::int64_t, Known> known;
  for (const Recalled& one : recalled)
    known[id_of_[one.add.instance.value]].accounted_until = one.add.accounted_until;
  for (const store::OpenSlice& open : state.open_slices) {
    const auto found = known.find(open.name.instance);
    const Instant due = instant_of(open.name.due);
    if (found != known.end() && due < began_at_) found->second.open_until = due;
  }
  for (const store::MissedSpan& span : state.spans) known[span.instance].span = span;
  std::optional<Instant> alive;
  if (state.life) alive = instant_of(state.life->alive);
  std::vector<store::Change> changes;
  std::uint64_t slices = 0;
  std::size_t instances = 0;
  for (Recalled& one : recalled) {
    const std::int64_t id = id_of_[one.add.instance.value];
    const auto span = settled_span(known[id], alive, settings_.settle, began_at_);
    if (!span) continue;
    one.add.settled_from = span->from;
    one.add.settled_to = span->to;
    if (!span->is_new) continue;
    CAMFLEET_TRY(const std::uint64_t missed, count_missed(instances_.at(id), id, span->from, state));
    slices += missed;
    const store::MissedSpan row = missed_span(id, span->from, began_at_, missed);
    if (missed > 0) {
      ++instances;
      changes.emplace_back(store::PutMissedSpan{row});
    } else {
      changes.emplace_back(store::DropMissedSpan{id, row.from});
    }
  }
  if (slices == 0) return changes;
  observers_.metrics->slices_missed(slices);
  observers_.log->warn("slices of a long absence are missed, as one row for each instance",
                       {{"instances", instances},
                        {"slices", slices},
                        {"last_alive", alive ? to_iso(*alive) : ""},
                        {"until", to_iso(began_at_)}});
  return changes;
}

store::PutLife Service::life_now() const {
  return {{now().time_since_epoch().count(), settings_.analysis.rehearsal}};
}

void Service::note_alive() {
  const auto when = std::chrono::steady_clock::now();
  const Instant at = now();
  const bool is_due =
      when - noted_when_ >= minutes(1) || at >= noted_alive_ + minutes(1) || at < noted_alive_;
  if (!is_due) return;
  noted_when_ = when;
  noted_alive_ = at;
  commits_->submit({life_now()});
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
