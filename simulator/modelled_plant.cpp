#include "simulator/modelled_plant.hpp"

#include <algorithm>
#include <cassert>
#include <span>
#include <utility>

#include "actors/base/hash.hpp"

namespace camfleet::sim {
namespace {

/// Uniform in [least, most].
Duration between(Duration least, Duration most, std::uint64_t chance) {
  __extension__ using Wide = unsigned __int128;
  const auto range = static_cast<std::uint64_t>((most - least).count()) + 1;
  return least + Duration(static_cast<std::int64_t>((Wide{chance} * range) >> 64U));
}

std::vector<std::uint32_t> cores_of(const ModelledPlant::Parts& parts) {
  std::vector<std::uint32_t> cores{parts.workers};
  for (std::uint32_t i = 0; i < parts.roster->node_count(); ++i)
    cores.push_back((*parts.roster)[NodeIx{i}].offer.acu);
  return cores;
}

}  // namespace

ModelledPlant::ModelledPlant(const Parts& parts, Models models, std::uint64_t seed, std::vector<Fault> faults)
    : parts_(parts),
      models_(std::move(models)),
      seed_(seed),
      faults_(std::move(faults)),
      devices_(parts.roster->device_count()),
      costs_(*parts.roster, StreamFormats(parts.cameras), models_.costs, models_.jitter_percent),
      begins_(parts.queue->now()),
      finding_model_(*parts.roster, models_.findings_per_mille, parts.detections),
      frames_held_(parts.roster->node_count() + 1U),
      cores_(cores_of(parts)),
      store_(*parts.roster, *parts.queue, *parts.book, faults_),
      loads_(*parts.roster, costs_.formats(), models_.costs) {
  for (std::uint32_t i = 0; i < devices_.size(); ++i)
    devices_[i].is_live = (*parts_.roster)[DeviceIx{i}].kind == DeviceKind::live ? 1 : 0;
  if (parts_.cameras != nullptr)
    films_ = make_films(*parts_.roster, *parts_.cameras, faults_,
                        {models_.open_deadline, models_.stall_limit, seconds(1)});
  film_work_.resize(films_.size());
  carried_from_ = carried_from();
  const auto of_nodes =
      std::ranges::find_if(faults_, [](const Fault& one) { return victim_of(one.kind) != Victim::camera; });
  process_faults_.assign(of_nodes, faults_.end());
  faults_.erase(of_nodes, faults_.end());
  // Of one node they may follow each other.
  Duration together = minutes(2);
  for (const Fault& one : process_faults_) together += one.to - one.from + one.by;
  found_once_ = FoundOnce(together);
  turns_back_ = std::ranges::any_of(process_faults_,
                                    [](const Fault& fault) { return fault.kind == FaultKind::clock_back; });
  for (std::uint32_t i = 0; i < faults_.size(); ++i) {
    const Fault& fault = faults_[i];
    DeviceState& device = devices_[fault.device.value];
    if (device.faults++ == 0) device.first_fault = i;
    if (breaks_off(fault))
      parts_.queue->set_timer(plant_of(fault.device), noticed(fault), {.number = fault.device.value});
  }
}

bool ModelledPlant::breaks_off(const Fault& fault) const {
  return fault.kind == FaultKind::disconnect ||
         (fault.kind == FaultKind::freeze && fault.to - fault.from > models_.stall_limit);
}

Instant ModelledPlant::noticed(const Fault& fault) const {
  return fault.kind == FaultKind::freeze ? fault.from + models_.stall_limit : fault.from;
}

const Fault* ModelledPlant::fault(DeviceIx device, FaultKind kind, Instant at) const {
  const DeviceState& state = devices_[device.value];
  for (std::uint32_t i = state.first_fault; i < state.first_fault + state.faults; ++i) {
    if (faults_[i].kind == kind && faults_[i].from <= at && at < faults_[i].to) return &faults_[i];
  }
  return nullptr;
}

ModelledPlant::Stream* ModelledPlant::find(DeviceIx device, StreamIx stream) {
  DeviceState& state = devices_[device.value];
  const auto is_it = [&](const Stream& one) { return one.id == stream && one.place == place_; };
  if (state.stream && is_it(*state.stream)) return &*state.stream;
  if (!state.others) return nullptr;
  const auto found = std::ranges::find_if(*state.others, is_it);
  return found == state.others->end() ? nullptr : &*found;
}

template <class Ends>
void ModelledPlant::erase_streams(DeviceState& device, Ends ends) {
  if (device.stream && ends(*device.stream)) device.stream.reset();
  if (device.others) std::erase_if(*device.others, ends);
}

std::uint64_t ModelledPlant::chance(std::uint64_t a, std::uint64_t b) const {
  // An odd factor keeps different `a` apart; what they share with `b` goes under in the second round.
  return mix((seed_ ^ mix(b)) + a * 0xD1342543DE82EF95ULL);
}

Duration ModelledPlant::draw(Duration least, Duration most, std::uint64_t a, std::uint64_t b) const {
  return between(least, most, chance(a, b));
}

bool ModelledPlant::is_live(DeviceIx device) const {
  return devices_[device.value].is_live != 0;
}

Instant ModelledPlant::next_frame(DeviceIx device, Instant at) const {
  const Duration phase =
      between(Duration(0), models_.frame_interval - Duration(1), mix(seed_ ^ device.value));
  const Instant shifted = at + models_.frame_interval - phase;
  const Duration since(static_cast<std::int64_t>(frame_remainder_.of(count_of(shifted))));
  return since == Duration(0) ? at : at + (models_.frame_interval - since);
}

void ModelledPlant::process_ended(Place place) {
  frames_held_[place.number] = 0;
  std::erase_if(last_given_, [&](const auto& entry) { return std::get<0>(entry.first) == place; });
  cores_.process_ended(place);
  if (place == home_place) {
    loads_.forget_running(parts_.queue->now());
    store_.process_ended();
  }
  for (DeviceState& device : devices_)
    erase_streams(device, [&](const Stream& stream) { return stream.place == place; });
}

std::uint32_t ModelledPlant::slowed() const {
  std::uint32_t times = 1;
  if (place_ == home_place) return times;
  const Instant now = parts_.queue->now();
  for (const Fault& fault : process_faults_) {
    const bool here = fault.kind == FaultKind::node_slow && place_of(fault.node) == place_;
    if (here && fault.from <= now && now < fault.to) times *= fault.times;
  }
  return times;
}

bool ModelledPlant::crashes_before(Instant at) const {
  return place_ != home_place && std::ranges::any_of(process_faults_, [&](const Fault& fault) {
           return fault.kind == FaultKind::node_crash && place_of(fault.node) == place_ &&
                  parts_.queue->now() < fault.from && fault.from < at;
         });
}

Duration ModelledPlant::jumps(FaultKind kind) const {
  Duration sum{0};
  for (const Fault& fault : process_faults_) {
    if (fault.kind == kind) sum += fault.to - fault.from;
  }
  return sum;
}

bool ModelledPlant::process_fault_near(Instant from, Instant to) const {
  // A clock that was put back shows what a fault did before its time, one that was put forward, after it.
  const Duration back = jumps(FaultKind::clock_back);
  const Duration ahead = jumps(FaultKind::clock_forward);
  return std::ranges::any_of(process_faults_, [&](const Fault& one) {
    return one.from - back <= to && from <= one.to + ahead + recovery;
  });
}

void ModelledPlant::open(DeviceIx device, StreamIx stream, std::uint32_t spf_s) {
  if (const auto* film = film_of(device)) return open_film(device, stream, spf_s, *film);
  const Instant now = parts_.queue->now();
  Duration takes = models_.recorded_read;
  if (is_live(device)) takes = draw(models_.connect_least, models_.connect_most, device.value, count_of(now));
  if (const Fault* slow = fault(device, FaultKind::slow_connect, now)) takes += slow->by;
  if (const Fault* frozen = fault(device, FaultKind::freeze, now))
    takes = std::max(takes, frozen->to - now + models_.delivery_least);
  const bool too_slow = takes > models_.open_deadline;
  const Instant at = now + std::min(takes, models_.open_deadline);
  const bool refused = fault(device, FaultKind::disconnect, now) != nullptr || is_taken(device);
  if (refused || too_slow || fault(device, FaultKind::disconnect, at) != nullptr) {
    answer(place_, device, refused ? now + models_.refused_after : at,
           StreamFailed{stream, Reason::camera_offline});
    return;
  }
  keep_open(device, {.id = stream, .place = place_, .spf_s = spf_s, .open_at = at});
  answer(place_, device, at, StreamOpened{stream, models_.frame_interval});
}

bool ModelledPlant::is_taken(DeviceIx device) const {
  if (!(*parts_.roster)[device].takes_one_connection) return false;
  const auto elsewhere = [&](const Stream& stream) { return stream.place != place_; };
  const DeviceState& state = devices_[device.value];
  return (state.stream && elsewhere(*state.stream)) ||
         (state.others && std::ranges::any_of(*state.others, elsewhere));
}

void ModelledPlant::keep_open(DeviceIx device, const Stream& opened) {
  DeviceState& state = devices_[device.value];
  if (state.stream) {
    if (!state.others) state.others = std::make_unique<std::vector<Stream>>();
    state.others->push_back(opened);
  } else {
    state.stream = opened;
  }
}

void ModelledPlant::close(DeviceIx device, StreamIx stream) {
  erase_streams(devices_[device.value],
                [&](const Stream& one) { return one.id == stream && one.place == place_; });
}

void ModelledPlant::break_off(DeviceIx device) {
  const Instant now = parts_.queue->now();
  erase_streams(devices_[device.value], [&](const Stream& stream) {
    if (stream.open_at > now) return false;
    answer(stream.place, device, now, StreamFailed{stream.id, Reason::camera_offline});
    return true;
  });
}

void ModelledPlant::on(const TimerFired& message) {
  if (message.tag == StoreModel::commit_tag) return store_.committed();
  break_off(DeviceIx{message.tag.number});
}

void ModelledPlant::read(DeviceIx device, const ReadRequest& request) {
  Stream* stream = find(device, request.stream);
  // It has broken off, and the device is about to hear of it.
  if (stream == nullptr) return;
  // Also by a clock that was put back since.
  stream->open_at = std::min(stream->open_at, parts_.queue->now());
  if (!is_live(device)) return read_footage(device, *stream, request);
  if (const auto* film = film_of(device)) return read_film(device, *stream, request, *film);
  Instant at = std::max(parts_.queue->now(), request.not_before);
  if (request.every_frame) at = std::max(at, last_given(device, request.slot) + Duration(1));
  const Frame frame = frame_at(device, at);
  if (request.every_frame) last_given(device, request.slot) = frame.taken;
  deliver(device, request, frame.taken, frame.arrives, Duration(0));
}

Instant& ModelledPlant::last_given(DeviceIx device, const SliceSlot& slot) {
  Given& given = last_given_[{place_, device.value, slot.slot}];
  if (given.use != slot.use) given = {slot.use, Instant{}};
  return given.frame;
}

ModelledPlant::Frame ModelledPlant::frame_at(DeviceIx device, Instant at) const {
  const Instant taken = next_frame(device, at);
  return {taken, taken + draw(models_.delivery_least, models_.delivery_most, device.value, count_of(taken))};
}

Duration ModelledPlant::media_of(const Stream& stream, const ReadRequest& request) const {
  return request.every_frame && stream.started ? stream.next_media : request.target;
}

void ModelledPlant::read_footage(DeviceIx device, Stream& stream, const ReadRequest& request) {
  const Instant at = std::max(parts_.queue->now(), request.not_before);
  const Duration media = media_of(stream, request);
  stream.started = true;
  stream.next_media = media + models_.frame_interval;
  const Duration end = media_end((*parts_.roster)[device], static_cast<int>(stream.spf_s));
  if (end > Duration(0) && media >= end) {
    answer(place_, device, at + models_.recorded_read,
           ReadFailed{request.stream, request.slot, request.sample, ReadLoss::ended, Reason::source_ended});
    return;
  }
  deliver(device, request, at, at + models_.recorded_read, media);
}

void ModelledPlant::deliver(DeviceIx device, const ReadRequest& request, Instant taken, Instant arrives,
                            Duration media) {
  const Fault* gone = fault(device, FaultKind::disconnect, taken);
  const Fault* frozen = fault(device, FaultKind::freeze, taken);
  if (gone == nullptr && frozen != nullptr && breaks_off(*frozen)) gone = frozen;
  if (gone != nullptr) {
    // Once more: a clock that was put back may have passed the fault's own timer before.
    parts_.queue->set_timer(plant_of(device), std::max(parts_.queue->now(), noticed(*gone)),
                            {.number = device.value});
    return;
  }
  if (frozen != nullptr) arrives = std::max(arrives, frozen->to + models_.delivery_least);
  if (fault(device, FaultKind::corrupt, taken) != nullptr) {
    answer(place_, device, arrives,
           ReadFailed{request.stream, request.slot, request.sample, ReadLoss::lost, Reason::stream_corrupt});
    return;
  }
  ++frames_held_[place_.number];
  answer(place_, device, arrives,
         FrameReady{request.stream, request.slot, request.sample, FrameIx{0}, media, arrives});
}

void ModelledPlant::release(FrameIx /*frame*/) {
  assert(frames_held_[place_.number] > 0);
  --frames_held_[place_.number];
}

std::uint64_t ModelledPlant::chance(const Sample& sample) const {
  const std::uint64_t who = (std::uint64_t{sample.instance.value} << 32U) | sample.device.value;
  return chance(who, count_of(sample.at) + sample.algorithm);
}

Duration ModelledPlant::takes(const Sample& sample, std::uint64_t chance) const {
  const AnalysisCost& cost = costs_.of(sample.instance, sample.algorithm, sample.device);
  return between(cost.usual - cost.spread, cost.usual + cost.spread, chance);
}

void ModelledPlant::analyse(AnalyzerIx analyzer, std::uint32_t ticket, const Sample& sample) {
  const Instant now = parts_.queue->now();
  if (!store_.takes_more()) {
    parts_.queue->post(plant_of(sample.device), at_place(place_, actor(analyzer)), now,
                       AnalysisDone{ticket, Verdict::store_behind});
    return;
  }
  const std::uint64_t chance = this->chance(sample);
  const Duration takes = (this->takes(sample, chance) + take_decoding(sample)) * slowed();
  if (!cores_.begin(place_, worker_of(ticket), now, now + takes)) [[unlikely]]
    over_capacity();
  core_time_ += takes;
  loads_.add_core_time(place_, takes);
  ++analyses_;
  delays_.add(now + takes - sample.at);
  if (finding_model_.finds(sample, chance) && !crashes_before(now + takes) && is_found_first(sample)) {
    if (parts_.findings == nullptr || finding_model_.write(sample, chance, *parts_.findings)) ++findings_;
  }
  parts_.queue->post(plant_of(sample.device), at_place(place_, actor(analyzer)), now + takes,
                     AnalysisDone{ticket, Verdict::analysed});
}

bool ModelledPlant::is_found_first(const Sample& sample) {
  if (process_faults_.empty()) return true;
  const bool is_first = found_once_.add(sample, (*parts_.roster)[sample.instance].spec.every_frame);
  if (!is_first) ++found_again_;
  return is_first;
}

void ModelledPlant::over_capacity() {
  // What was under way when the clock was put back seems to take longer than it does.
  if (turns_back_ || broken_) return;
  broken_ = Error{Errc::broken_invariant, "analyses",
                  "at " + to_iso(parts_.queue->now()) + " more ran at once than there are cores"};
}

void ModelledPlant::slice_ended(const SliceRow& row) {
  const DeviceState& device = devices_[row.key.device.value];
  const std::span of_device = std::span(faults_).subspan(device.first_fault, device.faults);
  store_.ended(row, fault_detail(of_device, row));
  if (!process_faults_.empty()) found_once_.end(row.key, parts_.queue->now());
  if (broken_) return;
  const auto checked = check(row);
  if (!checked.has_value()) broken_ = checked.error();
}

}  // namespace camfleet::sim
