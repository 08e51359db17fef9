#include "simulator/waits.hpp"

#include <optional>

#include "actors/base/time.hpp"

namespace camfleet::sim {
namespace {

std::string wait_line(const Roster& roster, const Instance::Wait& wait, const Device* device) {
  std::string line = roster[wait.key.instance].id + " " + roster[wait.key.device].id + " due " +
                     to_iso(wait.key.due_at) + " waits ";
  if (!wait.place) return line + "for a node";
  if (*wait.place != home_place) line += "on " + roster[node_at(*wait.place)].id + " ";
  const auto at_device = device == nullptr ? std::nullopt : device->wait_of(wait.name);
  return line + at_device.value_or("for its device, which has no such slice");
}

}  // namespace

std::vector<std::string> wait_lines(const Roster& roster, const std::deque<Instance>& instances,
                                    const std::function<const Device*(Place, DeviceIx)>& device_at,
                                    std::size_t most) {
  std::vector<std::string> lines;
  for (const Instance& instance : instances) {
    for (const Instance::Wait& wait : instance.waits()) {
      if (lines.size() == most) return lines;
      const Device* device = wait.place ? device_at(*wait.place, wait.key.device) : nullptr;
      lines.push_back(wait_line(roster, wait, device));
    }
  }
  return lines;
}

}  // namespace camfleet::sim
