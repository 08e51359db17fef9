#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "actors/roster.hpp"
#include "runtime/media/source.hpp"

namespace camfleet::plant {

/// What a device is by its URL: what is not known to be recorded films now.
DeviceKind kind_of(const media::SourceUrl& url);

/// Fills in how long the device's footage on this machine is, whether it begins again, or how many pictures
/// it has. Footage elsewhere, and what cannot be opened, stays without: its slices will say what is wrong.
void measure(DeviceEntry& device, const media::SourceRegistry& sources);

/// What measure() finds, by URL: each is read once. Thread-safe; nobody waits for another's reading.
class MeasuredFootage {
 public:
  void measure(DeviceEntry& device, const media::SourceRegistry& sources);

 private:
  std::mutex mutex_;
  std::map<std::string, DeviceEntry, std::less<>> known_;  ///< one with that source
};

}  // namespace camfleet::plant
