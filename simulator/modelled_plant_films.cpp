// The modelled plant's synthetic cameras: each sends what it would send really.

#include <algorithm>
#include <utility>

#include "simulator/modelled_plant.hpp"

namespace camfleet::sim {

void ModelledPlant::open_film(DeviceIx device, StreamIx stream, std::uint32_t spf_s,
                              const camera::FilmModel& film) {
  const auto opening = film.open(parts_.queue->now());
  film_work_[device.value].decoded = INT64_MIN;
  if (!opening.opens) return answer(place_, device, opening.at, StreamFailed{stream, Reason::camera_offline});
  keep_open(device, {.id = stream,
                     .place = place_,
                     .spf_s = spf_s,
                     .open_at = opening.at,
                     .next_media = opening.first.time_since_epoch()});
  answer(place_, device, opening.at, StreamOpened{stream, film.clock().interval()});
}

void ModelledPlant::read_film(DeviceIx device, Stream& stream, const ReadRequest& request,
                              const camera::FilmModel& film) {
  const Instant now = parts_.queue->now();
  Instant from = std::max(film.from_of(request.not_before, now), Instant(stream.next_media));
  if (request.every_frame) from = std::max(from, last_given(device, request.slot) + Duration(1));
  const auto shot = film.shot(from);
  if (request.every_frame) last_given(device, request.slot) = shot.filmed;
  using Fate = camera::FilmModel::Shot::Fate;
  if (shot.fate == Fate::gone) {
    // Once more: a clock that was put back may have passed the fault's own timer before.
    parts_.queue->set_timer(plant_of(device), std::max(now, shot.comes), {.number = device.value});
    return;
  }
  const Instant comes = std::max(now, shot.comes) + draw(models_.delivery_least, models_.delivery_most,
                                                         device.value, count_of(shot.filmed));
  if (shot.fate == Fate::lost)
    return answer(
        place_, device, comes,
        ReadFailed{request.stream, request.slot, request.sample, ReadLoss::lost, Reason::stream_corrupt});
  decode_film(device, shot.frame, shot.filmed);
  ++frames_held_[place_.number];
  answer(place_, device, comes,
         FrameReady{request.stream, request.slot, request.sample, FrameIx{0}, Duration(0), shot.filmed});
}

Duration ModelledPlant::decoding(DeviceIx device, std::int64_t decoded, std::int64_t frame) const {
  const camera::CameraClock& clock = film_of(device)->clock();
  const Costs::Frame& cost = costs_.frame_of(device);
  const std::int64_t key = clock.group_begin(frame);
  // Of a later group: the clock was put back since.
  if (decoded < key || decoded >= clock.group_end(frame))
    return cost.key + cost.other * (frame - key) + cost.convert;
  // Who asks for what was decoded before gets the same picture.
  return decoded >= frame ? Duration(0) : cost.other * (frame - decoded) + cost.convert;
}

void ModelledPlant::decode_film(DeviceIx device, std::int64_t frame, Instant filmed) {
  FilmWork& work = film_work_[device.value];
  if (work.place != place_) work = {.place = place_};
  const Duration cost = decoding(device, work.decoded, frame);
  if (cost > Duration(0)) work.undone.emplace_back(filmed, cost);
  work.decoded = frame;
}

Duration ModelledPlant::take_decoding(const Sample& sample) {
  if (film_work_.empty()) return Duration(0);
  Duration sum{0};
  std::erase_if(film_work_[sample.device.value].undone, [&](const auto& one) {
    if (one.first > sample.frame_at) return false;
    sum += one.second;
    return true;
  });
  return sum;
}

Duration ModelledPlant::usual_decoding(DeviceIx device, Duration span) const {
  const Costs::Frame& cost = costs_.frame_of(device);
  const camera::CameraClock& clock = film_of(device)->clock();
  const std::int64_t group = clock.plan().frames() / clock.plan().groups();
  const std::int64_t apart = std::clamp<std::int64_t>(span / clock.interval(), 1, group);
  // The last sample of a group may be any of its last frames; what comes after it is not decoded.
  const Duration of_group = cost.key + cost.other * (2 * group - apart - 1) / 2;
  return of_group * apart / group + cost.convert;
}

Duration ModelledPlant::most_decoding(DeviceIx device) const {
  const Costs::Frame& cost = costs_.frame_of(device);
  const camera::LoopPlan& plan = film_of(device)->clock().plan();
  const std::int64_t group = (plan.frames() + plan.groups() - 1) / plan.groups();
  return cost.key + cost.other * (group - 1) + cost.convert;
}

ModelledPlant::Frame ModelledPlant::frame_for(DeviceIx device, Instant due, Instant asked) const {
  const auto* film = film_of(device);
  if (film == nullptr) return frame_at(device, std::max(due, asked));
  const auto shot = film->shot(film->from_of(due, asked));
  return {shot.filmed, std::max(asked, shot.comes) + draw(models_.delivery_least, models_.delivery_most,
                                                          device.value, count_of(shot.filmed))};
}

}  // namespace camfleet::sim
