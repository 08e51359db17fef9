#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "actors/machines/device.hpp"
#include "actors/machines/instance.hpp"
#include "actors/plan/roster.hpp"

namespace camfleet::sim {

/// Who waits for what, of the first `most` slices without an outcome: a line each. `device_at` answers the
/// device that runs a slice; null: there is none.
std::vector<std::string> wait_lines(const Roster& roster, const std::deque<Instance>& instances,
                                    const std::function<const Device*(Place, DeviceIx)>& device_at,
                                    std::size_t most);

}  // namespace camfleet::sim
