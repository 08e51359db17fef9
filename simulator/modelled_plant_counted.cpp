// Slices in closed form: the same draws as sample by sample, of the first and the last one alone.

#include <algorithm>
#include <cassert>

#include "actors/machines/device.hpp"
#include "actors/machines/instance.hpp"
#include "simulator/modelled_plant.hpp"

namespace camfleet::sim {
namespace {

/// How far a fault reaches beyond its span: reconnects with their pauses, streams that linger, early opens.
constexpr Duration reach = seconds(120);

}  // namespace

void ModelledPlant::count_samples(Instant until) {
  const Roster& roster = *parts_.roster;
  // Nodes and restarts move slices about.
  if (roster.has_placement() || !process_faults_.empty()) return;
  const Duration late = models_.frame_interval + models_.delivery_most;
  std::vector<SliceWeight> weights;
  Duration longest{0};
  foreseeable_.assign(roster.instance_count(), false);
  for (std::uint32_t i = 0; i < roster.instance_count(); ++i) {
    const WorkSpec& spec = roster[InstanceIx{i}].spec;
    Duration decoding{0};
    for (const DeviceIx device : roster[InstanceIx{i}].devices) {
      if (film_of(device) != nullptr) decoding = std::max(decoding, most_decoding(device));
    }
    const Duration dearest = costs_.dearest(InstanceIx{i}) + decoding;
    // A sample is through before the next one comes.
    const bool keeps_up = !spec.every_frame && late + dearest + milliseconds(1) < seconds(spec.spf);
    foreseeable_[i] = keeps_up;
    longest = std::max<Duration>(longest, seconds(spec.spf) + dearest);
    const std::int64_t at_once = keeps_up ? 1 : DeviceSettings{}.credit;
    // Samples that lag behind come to their end after the window.
    weights.push_back({at_once * static_cast<std::int64_t>(spec.algorithms.size()),
                       keeps_up ? Duration(0) : reach + dearest * 4});
  }
  counts_samples_ = true;
  contended_ = spans_above(roster, begins_, until, weights, parts_.workers);
  // Afterwards a slice has at most two samples at the analyzer, for each of which there is a worker: they are
  // through before its next but one comes.
  for (Span& span : contended_) {
    span.from -= reach;
    span.to = span.to > end_of_time - reach - longest * 4 ? end_of_time : span.to + reach + longest * 4;
  }
}

bool ModelledPlant::foresees(const SliceKey& key, Instant ends_at) const {
  if (!counts_samples_ || !foreseeable_[key.instance.value] || !is_live(key.device)) return false;
  // One that begins with the run has no time to connect early.
  if (ends_at == end_of_time || key.due_at < begins_ + live_lead) return false;
  const auto next = std::ranges::upper_bound(contended_, key.due_at, {}, &Span::to);
  if (next != contended_.end() && next->from < ends_at) return false;
  const DeviceState& state = devices_[key.device.value];
  for (std::uint32_t i = state.first_fault; i < state.first_fault + state.faults; ++i) {
    if (faults_[i].from - reach < ends_at && key.due_at < faults_[i].to + reach) return false;
  }
  return true;
}

void ModelledPlant::foresee(DeviceIx device, const BeginSlice& slice) {
  const auto samples =
      static_cast<std::uint32_t>(ceil_div(slice.ends_at - slice.due_at, seconds(slice.spf_s)));
  const std::uint64_t who_runs = std::uint64_t{samples} * slice.algorithms;
  // The device asks for the first frame one nanosecond after the slice is due, for the others beforehand.
  const Frame first_frame = frame_for(device, slice.due_at, slice.due_at + Duration(1));
  const Instant first = first_frame.arrives;
  const Instant last_due = slice.due_at + seconds(slice.spf_s) * (samples - 1);
  const Frame last_frame = samples == 1 ? first_frame : frame_for(device, last_due, first);
  const Instant last = last_frame.arrives;
  Duration longest{0};
  Duration last_decoding{0};
  if (const auto* film = film_of(device)) {
    const Frame before = frame_for(device, last_due - seconds(slice.spf_s), first);
    const std::int64_t decoded = samples == 1 ? INT64_MIN : film->clock().frame_at(before.taken);
    last_decoding = decoding(device, decoded, film->clock().frame_at(last_frame.taken));
  }
  Sample sample{};
  sample.instance = slice.instance;
  sample.device = device;
  sample.at = last_due;
  for (sample.algorithm = 0; sample.algorithm < slice.algorithms; ++sample.algorithm) {
    const Duration decodes = sample.algorithm == 0 ? last_decoding : Duration(0);
    longest = std::max(longest, takes(sample, chance(sample)) + decodes);
    Duration core_time = costs_.of(slice.instance, sample.algorithm, device).usual;
    if (sample.algorithm == 0 && film_of(device) != nullptr)
      core_time += usual_decoding(device, seconds(slice.spf_s));
    core_time *= samples;
    core_time_ += core_time;
    loads_.add_core_time(home_place, core_time);
    counted_per_million_ += samples * finding_model_.per_million(slice.instance, sample.algorithm, device);
  }
  analyses_ += who_runs;
  // To the analyzer, and back to the device.
  const Instant ended = last + Duration(2) + longest;
  for (std::uint8_t algorithm = 0; algorithm < slice.algorithms; ++algorithm) {
    parts_.queue->post(actor(device), actor(slice.instance), ended + Duration(1),
                       SliceAccount{.slice = slice.slice,
                                    .algorithm = algorithm,
                                    .goes_on = false,
                                    .from = home_place,
                                    .due = samples,
                                    .analysed = samples,
                                    .gated = 0,
                                    .reasons = {},
                                    .dropped = {}});
  }
  const Duration planned = slice.ends_at - slice.due_at;
  parts_.queue->post(actor(device), actor(slice.instance), ended + Duration(1),
                     SliceDone{.slice = slice.slice,
                               .fault = Reason::none,
                               .started = true,
                               .lead_s = 0,
                               .from = home_place,
                               .started_at = first,
                               .ended_at = ended,
                               .planned = planned,
                               .observed = planned});
}

}  // namespace camfleet::sim
