#include "tools/camfleet/bench/bench_fleet.hpp"

#include <utility>

namespace camfleet::cli {

namespace {

/// φ of an instance in a fleet of several.
Duration phase_of(const BenchFleet& fleet, std::uint32_t instance) {
  const auto& [slice, every] = *fleet.polling;
  const Duration strip = slice * fleet.devices * instance;
  const std::int64_t lap = strip / every;
  return strip % every + every * lap / (std::int64_t{fleet.devices} * fleet.instances);
}

}  // namespace

Roster make_roster(const BenchFleet& fleet) {
  Roster roster;
  static_cast<void>(roster.add_algorithm("1"));
  for (std::uint32_t i = 0; i < fleet.instances; ++i) {
    InstanceSpec spec;
    spec.name = "bench";
    spec.schedule.type = ScheduleType::every_day;
    spec.schedule.zone = "UTC";
    spec.schedule.windows = {{fleet.opens_s, fleet.closes_s}};
    spec.polling = fleet.polling;
    spec.algorithms = {{"1", "any"}};
    for (std::uint32_t k = 0; k < fleet.devices; ++k) {
      DeviceEntry device;
      device.id = "cam-" + std::to_string(i * fleet.devices + k);
      device.source = fleet.source;
      device.kind = fleet.kind;
      spec.devices.emplace_back();
      spec.devices.back().id = device.id;
      static_cast<void>(roster.add_device(std::move(device)));
    }
    std::optional<std::vector<Duration>> phases;
    if (fleet.polling && fleet.instances > 1) phases = {phase_of(fleet, i)};
    const std::string id = fleet.instances == 1 ? "bench" : "bench-" + std::to_string(i);
    static_cast<void>(roster.add_instance(id, std::move(spec), Instant(), std::move(phases)));
  }
  return roster;
}

}  // namespace camfleet::cli
