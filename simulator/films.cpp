#include "simulator/films.hpp"

#include <algorithm>

namespace camfleet::sim {

Films make_films(const Roster& roster, const std::vector<std::optional<camera::CameraSpec>>& cameras,
                 const std::vector<Fault>& faults, const camera::FilmModel::Patience& patience) {
  Films films(roster.device_count());
  // Those of cameras come first, by device.
  const auto device_of = [](const Fault& fault) {
    return victim_of(fault.kind) == Victim::camera ? fault.device.value : UINT32_MAX;
  };
  for (std::uint32_t i = 0; i < films.size(); ++i) {
    if (!cameras[i]) continue;
    const auto first = std::ranges::lower_bound(faults, i, {}, device_of);
    const auto last = std::ranges::upper_bound(faults, i, {}, device_of);
    films[i] = std::make_unique<const camera::FilmModel>(*cameras[i], camera::CameraFaults({first, last}),
                                                         roster[DeviceIx{i}].id, patience);
  }
  return films;
}

}  // namespace camfleet::sim
