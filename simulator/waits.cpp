#include "simulator/waits.hpp"

#include <optional>

#include "actors/base/time.hpp"

namespace camfleet::sim {

std::string wait_line(const Roster& roster, const Instance::Wait& wait, const Device* device) {
  std::string line = roster[wait.key.instance].id + " " + roster[wait.key.device].id + " due " +
                     to_iso(wait.key.due_at) + " waits ";
  if (!wait.place) return line + "for a node";
  if (*wait.place != home_place) line += "on " + roster[node_at(*wait.place)].id + " ";
  const auto at_device = device == nullptr ? std::nullopt : device->wait_of(wait.name);
  return line + at_device.value_or("for its device, which has no such slice");
}

}  // namespace camfleet::sim
