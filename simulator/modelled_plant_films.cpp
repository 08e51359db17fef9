// The modelled plant's synthetic cameras: each sends what it would send really.

#include <algorithm>
#include <utility>

#include "simulator/modelled_plant.hpp"

namespace camfleet::sim {

void ModelledPlant::open_film(DeviceIx device, StreamIx stream, std::uint32_t spf_s,
                              const camera::FilmModel& film) {
  const auto opening = film.open(parts_.queue->now());
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
    parts_.queue->set_timer(plant_of(device), std::max(now, shot.comes), device.value);
    return;
  }
  const Instant comes = std::max(now, shot.comes) + draw(models_.delivery_least, models_.delivery_most,
                                                         device.value, count_of(shot.filmed));
  if (shot.fate == Fate::lost)
    return answer(
        place_, device, comes,
        ReadFailed{request.stream, request.slot, request.sample, ReadLoss::lost, Reason::stream_corrupt});
  decode_film(device, shot.frame, film);
  ++frames_held_[place_];
  answer(place_, device, comes,
         FrameReady{request.stream, request.slot, request.sample, FrameIx{0}, Duration(0), shot.filmed});
}

void ModelledPlant::decode_film(DeviceIx device, std::int64_t frame, const camera::FilmModel& film) {
  FilmWork& work = film_work_[device.value];
  const Costs::Frame& cost = costs_.frame_of(device);
  const std::int64_t key = film.clock().group_begin(frame);
  // Who asks for what was decoded before gets the same picture.
  if (work.decoded >= frame) return;
  if (work.decoded < key) work.undone += cost.key;
  work.undone += cost.other * (frame - std::max(work.decoded, key)) + cost.convert;
  work.decoded = frame;
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

ModelledPlant::Frame ModelledPlant::frame_for(DeviceIx device, Instant due, Instant asked) const {
  const auto* film = film_of(device);
  if (film == nullptr) return frame_at(device, std::max(due, asked));
  const auto shot = film->shot(film->from_of(due, asked));
  return {shot.filmed, std::max(asked, shot.comes) + draw(models_.delivery_least, models_.delivery_most,
                                                          device.value, count_of(shot.filmed))};
}

}  // namespace camfleet::sim
