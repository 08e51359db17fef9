#pragma once

#include <algorithm>
#include <mutex>
#include <vector>

#include "runtime/cluster/member.hpp"

namespace camfleet::cluster {

/// On which node each device was put last; each node is told how many it has. Thread-safe.
class Carriers {
 public:
  explicit Carriers(const Members& members) : members_(&members) {}

  void put(DeviceIx device, NodeIx node) {
    const std::lock_guard lock(mutex_);
    if (carriers_.size() <= device.value) carriers_.resize(device.value + 1U, nobody);
    move(carriers_[device.value], node.value + 1U);
  }
  /// Its number will be another's.
  void release(DeviceIx device) {
    const std::lock_guard lock(mutex_);
    if (device.value < carriers_.size()) move(carriers_[device.value], nobody);
  }

  [[nodiscard]] bool is_on(DeviceIx device, NodeIx node) const {
    const std::lock_guard lock(mutex_);
    return device.value < carriers_.size() && carriers_[device.value] == node.value + 1U;
  }

 private:
  static constexpr std::uint32_t nobody = 0;
  void move(std::uint32_t& carrier, std::uint32_t to) {
    if (carrier == to) return;
    count(carrier, -1);
    carrier = to;
    count(carrier, 1);
  }
  void count(std::uint32_t carrier, std::int32_t more) {
    if (carrier == nobody) return;
    if (Member* member = members_->find(NodeIx{carrier - 1U})) member->count_devices(more);
  }

  const Members* members_;
  mutable std::mutex mutex_;
  std::vector<std::uint32_t> carriers_;  ///< by device: its node's number and one
};

}  // namespace camfleet::cluster
