#include <algorithm>

#include <malloc.h>

#include "runtime/service/service.hpp"

// What is gone makes room: numbers of instances and devices are used again once nobody has them any more.

namespace camfleet::service {

using Clock = std::chrono::steady_clock;

void Service::instance_ended(InstanceIx ix) {
  const std::lock_guard lock(ended_mutex_);
  ended_.push_back({ix, Clock::now()});
}

void Service::forget_device(std::string_view id) {
  const auto known = roster().find_device(id);
  if (!known) return;
  analysis_->roster().forget_device(id);
  idle_devices_.insert(*known);
}

void Service::reclaim() {
  const Clock::time_point now = Clock::now();
  std::vector<InstanceIx> through;
  {
    const std::lock_guard lock(ended_mutex_);
    std::erase_if(ended_, [&](const Ended& one) {
      const bool is_through = now - one.at >= rest_time && !analysis_->is_looked_at(one.ix);
      if (is_through) through.push_back(one.ix);
      return is_through;
    });
  }
  const std::lock_guard lock(mutex_);
  for (const InstanceIx ix : through) {
    idle_devices_.insert(roster()[ix].devices.begin(), roster()[ix].devices.end());
    ending_.erase(ix);
    analysis_->roster().release_instance(ix);
  }
  if (idle_devices_.empty() || now < devices_reclaimed_ + rest_time) return;
  devices_reclaimed_ = now;
  reclaim_devices();
  // What many small pieces leave between those that stay goes back to the system.
  ::malloc_trim(0);
}

void Service::reclaim_devices() {
  std::vector<bool> is_listed(roster().device_count());
  const auto list = [&](InstanceIx ix) {
    for (const DeviceIx device : roster()[ix].devices) is_listed[device.value] = true;
  };
  for (const auto& [id, entry] : instances_) list(entry.ix);
  for (const InstanceIx ix : ending_) list(ix);
  std::erase_if(idle_devices_, [&](DeviceIx device) {
    const std::string id = roster()[device].id;
    const bool is_known = roster().find_device(id) == device;
    // Of a fleet file, or made by a call: they are there whether an instance has them or not.
    if (is_known && (settings_.fleet || devices_.contains(id))) return true;
    // It is looked at again once nothing is left of the last instance that lists it.
    if (is_listed[device.value]) return true;
    if (!analysis_->forget(device)) return false;
    if (is_known) analysis_->roster().forget_device(id);
    analysis_->roster().release_device(device);
    return true;
  });
}

}  // namespace camfleet::service
