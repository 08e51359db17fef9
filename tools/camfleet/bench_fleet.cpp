#include "tools/camfleet/bench_fleet.hpp"

#include <utility>

namespace camfleet::cli {

Roster make_roster(const BenchFleet& fleet) {
  Roster roster;
  static_cast<void>(roster.add_algorithm("1"));
  InstanceSpec spec;
  spec.name = "bench";
  spec.schedule.type = ScheduleType::every_day;
  spec.schedule.zone = "UTC";
  spec.schedule.windows = {{fleet.opens_s, fleet.closes_s}};
  spec.polling = fleet.polling;
  spec.algorithms = {{"1", "any"}};
  for (std::uint32_t i = 0; i < fleet.devices; ++i) {
    DeviceEntry device;
    device.id = "cam-" + std::to_string(i);
    device.source = fleet.source;
    device.kind = fleet.kind;
    spec.devices.emplace_back();
    spec.devices.back().id = device.id;
    static_cast<void>(roster.add_device(std::move(device)));
  }
  static_cast<void>(roster.add_instance("bench", std::move(spec), Instant()));
  return roster;
}

}  // namespace camfleet::cli
