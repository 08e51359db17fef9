#include "simulator/scripted_plant.hpp"

#include <algorithm>
#include <cassert>

namespace camfleet::sim {
namespace {

constexpr ActorId plant_of(DeviceIx device) {
  return {ActorKind::plant, home_place, device.value};
}

}  // namespace

ScriptedPlant::ScriptedPlant(const Roster& roster, Answers answers, LedgerBook& book, Script script)
    : roster_(&roster), answers_(std::move(answers)), book_(&book), script_(std::move(script)) {}

ScriptedPlant::ScriptedPlant(const Roster& roster, EventQueue& queue, LedgerBook& book, Script script)
    : ScriptedPlant(roster,
                    {[&queue] { return queue.now(); },
                     [&queue](ActorId from, ActorId to, Instant at, const Message& message) {
                       queue.post(from, to, at, message);
                     }},
                    book, std::move(script)) {}

const ScriptedFault* ScriptedPlant::fault(DeviceIx device, Instant at, ScriptedFault::Kind kind) const {
  const auto found = std::ranges::find_if(script_.faults, [&](const ScriptedFault& f) {
    return f.device == device && f.kind == kind && f.from <= at && at < f.to;
  });
  return found == script_.faults.end() ? nullptr : &*found;
}

void ScriptedPlant::answer(DeviceIx device, Instant at, const Message& message) {
  answers_.post(plant_of(device), actor(device), at, message);
}

void ScriptedPlant::open(DeviceIx device, StreamIx stream, std::uint32_t spf_s) {
  opened_.push_back(answers_.now());
  const Instant at = answers_.now() + script_.open_delay;
  if (fault(device, at, ScriptedFault::Kind::offline) != nullptr) {
    answer(device, at, StreamFailed{stream, Reason::camera_offline});
    return;
  }
  answer(device, at, StreamOpened{stream, script_.frame_interval});
  streams_[{device, stream}] = {spf_s, {}, false, wait_for_key(device, stream, at)};
}

Instant ScriptedPlant::wait_for_key(DeviceIx device, StreamIx stream, Instant at) {
  const auto found = script_.key_distances.find(device);
  if (found == script_.key_distances.end()) return Instant::min();
  const Duration apart = found->second;
  const Instant key = script_.a_key + apart * ceil_div(at - script_.a_key, apart);
  const auto measured = [&](Instant when, bool waits, Duration distance) {
    answer(device, when, StreamMeasured{stream, waits, script_.frame_interval, distance});
  };
  measured(at + script_.frame_interval, true, Duration(0));
  measured(key, false, Duration(0));
  measured(key + apart, false, apart);
  return key;
}

void ScriptedPlant::read(DeviceIx device, const ReadRequest& request) {
  Stream& stream = streams_.at({device, request.stream});
  Instant at = std::max({answers_.now(), request.not_before, stream.first_key}) + script_.read_delay;
  const auto lose = [&](ReadLoss loss, Reason reason) {
    answer(device, at, ReadFailed{request.stream, request.slot, request.sample, loss, reason});
  };
  if (const auto* freeze = fault(device, at, ScriptedFault::Kind::freeze)) at = freeze->to;
  if (fault(device, at, ScriptedFault::Kind::offline) != nullptr)
    return lose(ReadLoss::broken, Reason::camera_offline);
  if (fault(device, at, ScriptedFault::Kind::corrupt) != nullptr)
    return lose(ReadLoss::lost, Reason::stream_corrupt);
  Duration media = request.target;
  if (request.every_frame) {
    media = stream.started ? stream.next_media : request.target;
    stream.next_media = media + script_.frame_interval;
    stream.started = true;
  }
  const Duration end = media_end((*roster_)[device], static_cast<int>(stream.spf_s));
  if (end > Duration(0) && media >= end) return lose(ReadLoss::ended, Reason::source_ended);
  const FrameIx frame{next_frame_++};
  references_[frame.value] = 1;
  ++held_;
  answer(device, at, FrameReady{request.stream, request.slot, request.sample, frame, media, at});
}

void ScriptedPlant::close(DeviceIx device, StreamIx stream) {
  streams_.erase({device, stream});
}

void ScriptedPlant::retain(FrameIx frame) {
  ++references_.at(frame.value);
}

void ScriptedPlant::release(FrameIx frame) {
  const auto found = references_.find(frame.value);
  assert(found != references_.end());
  if (--found->second > 0) return;
  references_.erase(found);
  --held_;
}

void ScriptedPlant::analyse(AnalyzerIx analyzer, std::uint32_t ticket, const Sample& sample) {
  const Instant at = answers_.now() + script_.analysis_delay;
  const bool fails = fault(sample.device, sample.at, ScriptedFault::Kind::failing) != nullptr;
  const Verdict verdict = store_is_full() ? Verdict::store_behind
                          : fails         ? Verdict::failed
                                          : Verdict::analysed;
  answers_.post({ActorKind::plant, home_place, 0}, actor(analyzer), at, AnalysisDone{ticket, verdict});
}

bool ScriptedPlant::slice_due(const SliceKey& key, Duration planned) {
  if (store_is_full()) return false;
  book_->due(key, planned);
  return true;
}

bool ScriptedPlant::store_is_full() const {
  const Instant now = answers_.now();
  return std::ranges::any_of(script_.store_full,
                             [&](const auto& span) { return now >= span.first && now < span.second; });
}

}  // namespace camfleet::sim
