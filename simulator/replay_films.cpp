#include "simulator/replay_films.hpp"

#include <algorithm>

namespace camfleet::sim {

ReplayFilms::ReplayFilms(const Parts& parts)
    : parts_(parts), films_(make_films(*parts.roster, *parts.cameras, *parts.faults, {})) {}

std::span<const Fault> ReplayFilms::faults_of(DeviceIx device) const {
  const auto by_device = [](const Fault& fault) { return fault.device; };
  // Those of nodes and of the scheduler come after those of cameras.
  const auto end = std::ranges::find_if(
      *parts_.faults, [](const Fault& fault) { return victim_of(fault.kind) != Victim::camera; });
  const auto first = std::ranges::lower_bound(parts_.faults->begin(), end, device, {}, by_device);
  return {first, std::ranges::upper_bound(first, end, device, {}, by_device)};
}

std::vector<Instant> ReplayFilms::breaks_of(DeviceIx device) const {
  const Duration stall = camera::FilmModel::Patience{}.stall;
  std::vector<Instant> breaks;
  for (const Fault& fault : *parts_.faults) {
    if (fault.device != device) continue;
    if (fault.kind == FaultKind::disconnect) breaks.push_back(fault.from);
    if (fault.kind == FaultKind::freeze && fault.to - fault.from > stall)
      breaks.push_back(fault.from + stall);
  }
  std::ranges::sort(breaks);
  return breaks;
}

result<void> ReplayFilms::open(DeviceIx device, StreamIx stream, Instant opened_at, Instant first) {
  const camera::FilmModel& model = film(device);
  const camera::CameraSpec& camera = *(*parts_.cameras)[device.value];
  CAMFLEET_TRY(camera::Reel reel, camera::Reel::open(*parts_.library, camera, model.faults()));
  open_.insert_or_assign({device, stream},
                         Open{camera::FilmReader(camera, std::move(reel), model.faults()), opened_at, first});
  return success();
}

std::vector<StreamIx> ReplayFilms::break_off(DeviceIx device, Instant now) {
  std::vector<StreamIx> broken;
  std::erase_if(open_, [&](const auto& entry) {
    const bool breaks = entry.first.first == device && entry.second.opened_at <= now;
    if (breaks) broken.push_back(entry.first.second);
    return breaks;
  });
  return broken;
}

camera::FilmModel::Shot ReplayFilms::shot(DeviceIx device, const ReadRequest& request) {
  Open& open = open_.at({device, request.stream});
  const camera::FilmModel& model = film(device);
  Instant from = std::max(model.from_of(request.not_before, parts_.queue->now()), open.first);
  const auto given = open.last_given.find(request.slot.slot);
  const bool goes_on =
      request.every_frame && given != open.last_given.end() && given->second.first == request.slot.use;
  if (goes_on) from = std::max(from, given->second.second + Duration(1));
  const auto shot = model.shot(from);
  if (request.every_frame)
    open.last_given.insert_or_assign(request.slot.slot, std::pair(request.slot.use, shot.filmed));
  return shot;
}

result<void> ReplayFilms::read(DeviceIx device, StreamIx stream, const camera::FilmModel::Shot& shot,
                               media::Frame& into) {
  Open& open = open_.at({device, stream});
  return open.reader.read(shot.frame, open.opened_at, into);
}

}  // namespace camfleet::sim
