#pragma once

#include <map>

#include "actors/base/ids.hpp"
#include "runtime/cluster/records.hpp"

namespace camfleet::cluster {

/// What went wrong last with each device of a node, by the reason that the ledger gives for it: whoever hears
/// of a slice that ended while nobody was there wants its words, too.
class DeviceTroubles {
 public:
  void note(DeviceIx device, const NodeTrouble& trouble, bool is_told) {
    troubles_[device][trouble.reason] = {trouble, is_told};
  }
  /// `tell(trouble)` for what nobody was told yet.
  template <class Tell>
  void tell_rest(DeviceIx device, const Tell& tell) {
    const auto of_device = troubles_.find(device);
    if (of_device == troubles_.end()) return;
    for (auto& [reason, one] : of_device->second) {
      if (!one.is_told) tell(one.trouble);
      one.is_told = true;
    }
  }
  /// `visit(trouble)` for what went wrong since then.
  template <class Visit>
  void since(DeviceIx device, Instant from, const Visit& visit) const {
    const auto of_device = troubles_.find(device);
    if (of_device == troubles_.end()) return;
    for (const auto& [reason, one] : of_device->second) {
      if (one.trouble.at >= from) visit(one.trouble);
    }
  }
  /// Its number will be another's.
  void forget(DeviceIx device) { troubles_.erase(device); }

 private:
  struct One {
    NodeTrouble trouble;
    bool is_told = false;
  };
  std::map<DeviceIx, std::map<Reason, One>> troubles_;
};

}  // namespace camfleet::cluster
