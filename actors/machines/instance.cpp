#include "actors/machines/instance.hpp"

#include <algorithm>
#include <utility>

namespace camfleet {

Instance::Instance(InstanceIx self, const Roster& roster, std::string_view node, std::uint64_t reign,
                   Duration joining)
    : roster_(&roster),
      self_(self),
      node_(node),
      joining_(joining),
      first_use_(static_cast<std::uint32_t>(reign)) {}

RunningSlice* Instance::find(SliceIx slice, Place from) {
  const std::uint32_t slot = slice.value & ((1U << slot_bits) - 1);
  if (!running_.holds(slot) || name_of(slot) != slice) return nullptr;
  return running_[slot].place == from ? &running_[slot] : nullptr;
}

Instant Instance::waits_until(const RunningSlice& slice) const {
  if (slice.journey->asked_until == end_of_time) return end_of_time;
  if (cadence_of(slice.position).is_live || slice.ends_at == end_of_time)
    return std::max(slice.ends_at, slice.journey->asked_until);
  return std::max(slice.ends_at, slice.journey->part_from + joining_);
}

std::vector<Instance::Wait> Instance::waits() const {
  std::vector<Wait> waits;
  running_.for_each([&](std::uint32_t slot, const RunningSlice& slice) {
    waits.push_back({slice.key, slice.place, {self_, name_of(slot)}});
  });
  return waits;
}

const Instance::Rare& Instance::rare() const {
  static const Rare none;
  return rare_ ? *rare_ : none;
}

Instance::Rare& Instance::make_rare() {
  if (!rare_) rare_ = std::make_unique<Rare>();
  return *rare_;
}

bool Instance::can_be(const KeptSlice& kept, const RunningSlice& slice) const {
  return !slice.place && kept.due_at >= slice.due_at && kept.due_at < slice.ends_at &&
         (kept.due_at - slice.due_at) % seconds(entry().spec.spf) == Duration(0);
}

std::optional<std::uint32_t> Instance::slot_of(DeviceIx device, Instant due_at) const {
  std::optional<std::uint32_t> known;
  running_.for_each([&](std::uint32_t slot, const RunningSlice& slice) {
    if (slice.key.device == device && slice.key.due_at == due_at) known = slot;
  });
  return known;
}

std::optional<bool> Instance::take_recalled(const PlannedSlice& planned) {
  if (!rare_ || rare_->recalled.empty()) return std::nullopt;
  const auto found = rare_->recalled.extract({planned.begins, entry().devices[planned.device]});
  if (found.empty()) return std::nullopt;
  return found.mapped();
}

bool Instance::is_gone(const PlannedSlice& planned) const {
  if (mode_of(planned.device) != DeviceMode::removed) return false;
  const auto found = rare().removed_at.find(planned.device);
  return found == rare().removed_at.end() || planned.begins > found->second;
}

Reason Instance::late_reason(const Walk& walk, const PlannedSlice& planned) const {
  // Until it has had time to connect.
  const bool was_down = walk.down_until != Instant::min() && planned.begins < walk.down_until + live_lead;
  if (was_down) return Reason::scheduler_down;
  return planned.begins <= rare().held_until ? Reason::store_behind : Reason::late_start;
}

void Instance::hold(Instant now) {
  make_rare().is_held = true;
  rare_->asks_again_at = now + held_retry;
}

void Instance::end_hold(Instant now) {
  if (!rare().is_held) return;
  rare_->is_held = false;
  rare_->held_until = now;
}

void Instance::skip_what_failed() {
  for (Walk& walk : walks_) {
    if (std::exchange(walk.is_declaring, false)) walk.cursor.advance();
  }
}

void Instance::drop_finished_walks() {
  std::erase_if(walks_, [this](const Walk& walk) {
    return !walk.cursor.peek() || (is_stopped_ && walk.cursor.peek()->begins > rare().stopped_at);
  });
}

void Instance::prepare_later(std::uint32_t position, Instant at) {
  std::vector<Early>& early = make_rare().early;
  for (const Walk& walk : walks_) {
    if (!walk.prepares) continue;
    for (RoundCursor cursor = walk.cursor; cursor.peek() && cursor.peek()->begins - lead_at(position) <= at;
         cursor.advance()) {
      if (cursor.peek()->device != position || cursor.peek()->begins <= at) continue;
      early.push_back({at, *cursor.peek()});
      std::ranges::push_heap(early, std::greater<>());
    }
  }
}

Cadence Instance::cadence_of(std::uint32_t position) const {
  const DeviceKind kind = (*roster_)[entry().devices[position]].kind;
  return {.spf = seconds(entry().spec.spf),
          .every_frame = entry().spec.every_frame,
          .is_live = kind == DeviceKind::live};
}

Instance::Placed Instance::placed_at(std::uint32_t position, Instant due_at) const {
  if (!roster_->has_placement()) return {.place = home_place, .was_placed = true};
  if (position >= rare().places.size()) return {};
  const Placed& placed = rare().places[position];
  for (const auto& [place, until] : placed.before) {
    if (due_at < until) return {.place = place, .was_placed = true};
  }
  return {.place = placed.place, .was_placed = placed.was_placed, .since = placed.since};
}

std::optional<Place> Instance::other_place(std::uint32_t position, Place than) const {
  if (position >= rare().places.size()) return std::nullopt;
  const std::optional<Place> place = rare().places[position].place;
  return place == than ? std::nullopt : place;
}

std::string_view Instance::process_at(Place place) const {
  return place == home_place ? node_ : std::string_view((*roster_)[node_at(place)].id);
}

PlannedSlice Instance::fitted(const Walk& walk) const {
  PlannedSlice slice = *walk.cursor.peek();
  if (!walk.whole) return slice;
  const DeviceEntry& device = (*roster_)[entry().devices[slice.device]];
  if (device.kind == DeviceKind::live) return slice;
  const Duration length = (*entry().lengths)[slice.device];
  slice.ends = std::min(walk.opens() + length, walk.until());
  slice.cut = walk.opens() + length > walk.until();
  return slice;
}

BeginSlice Instance::begin_message(std::uint32_t slot) const {
  const WorkSpec& spec = entry().spec;
  const RunningSlice& slice = running_[slot];
  return {.instance = self_,
          .slice = name_of(slot),
          .slice_due_at = slice.key.due_at,
          .due_at = slice.due_at,
          .ends_at = slice.ends_at,
          .media_from = slice.media_from,
          .spf_s = static_cast<std::uint32_t>(spec.spf),
          .algorithms = static_cast<std::uint8_t>(spec.algorithms.size()),
          .every_frame = spec.every_frame,
          .progress = *slice.place != home_place,
          .late = slice.late};
}

Duration Instance::media_from(const Walk& walk, const PlannedSlice& slice) const {
  const WorkSpec& spec = entry().spec;
  const bool pictures = (*roster_)[entry().devices[slice.device]].kind == DeviceKind::pictures;
  if (!pictures || !spec.polling) return slice.begins - walk.opens();
  // Each picture once: a slice goes on where the device's slice of the round before has ended.
  const Duration spf = seconds(spec.spf);
  return spf * (ceil_div(spec.polling->slice, spf) * slice.round);
}

Instant Instance::wake_of(const Walk& walk) const {
  const Instant next = walk.cursor.peek() ? walk.cursor.peek()->begins : end_of_time;
  return walk.prepares && walk.ahead.peek() ? std::min(next, walk.ahead.peek()->begins - lead()) : next;
}

Duration Instance::lead_at(std::uint32_t position) const {
  return position < rare().leads_s.size() ? lead_of(rare().leads_s[position]) : live_lead;
}

void Instance::keep_lead(std::uint32_t position, std::uint8_t lead_s) {
  if (lead_s == 0 && position >= rare().leads_s.size()) return;
  Rare& kept = make_rare();
  kept.leads_s.resize(entry().devices.size(), 0);
  const std::uint8_t before = std::exchange(kept.leads_s[position], lead_s);
  if (lead_s >= kept.longest_lead_s) {
    kept.longest_lead_s = lead_s;
  } else if (before == kept.longest_lead_s) {
    kept.longest_lead_s = *std::ranges::max_element(kept.leads_s);
  }
}

SliceRow row_without_samples(const Roster& roster, const SliceKey& key, Duration planned, Reason reason,
                             Instant now, std::string_view node) {
  const WorkSpec& spec = roster[key.instance].spec;
  SliceRow row;
  row.key = key;
  row.ended_at = std::max<Instant>(std::chrono::floor<std::chrono::microseconds>(now), key.due_at);
  row.planned = planned;
  row.skipped = reason == Reason::stream_off || reason == Reason::capacity;
  row.fault = reason;
  row.node = node;
  row.algorithms.resize(spec.algorithms.size());
  const auto due = spec.every_frame ? 0U : static_cast<std::uint32_t>(ceil_div(planned, seconds(spec.spf)));
  for (AlgorithmAccount& account : row.algorithms) {
    account.due = due;
    if (due > 0) account.drop(reason, due);
  }
  row.verdict = judge(row);
  return row;
}

DeviceMode Instance::mode_of(std::uint32_t position) const {
  if (position < rare().modes.size()) return rare().modes[position];
  return entry().spec.devices[position].start_stream ? DeviceMode::pulled : DeviceMode::off;
}

}  // namespace camfleet
