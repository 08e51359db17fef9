#include "simulator/stored_run.hpp"

namespace camfleet::sim {

void StoredRun::due(const SliceKey& key) {
  const std::uint32_t instance = key.instance.value;
  if (last_due_.size() <= instance) last_due_.resize(instance + 1);
  LastDue& last = last_due_[instance];
  if (key.due_at > last.at) last = {key.due_at, {}};
  if (key.due_at == last.at) last.devices.push_back(key.device);
}

const SliceSoFar* StoredRun::so_far(const SliceKey& key) const {
  const auto found = moved_.find(key);
  return found == moved_.end() ? nullptr : &found->second;
}

std::vector<StoredInstance> StoredRun::stored() const {
  std::vector<StoredInstance> stored(roster_->instance_count());
  for (std::uint32_t i = 0; i < stored.size(); ++i) {
    stored[i].instance.value = i;
    if (i >= last_due_.size() || last_due_[i].devices.empty()) continue;
    stored[i].last_due = last_due_[i].at;
    for (const DeviceIx device : last_due_[i].devices)
      stored[i].ended.push_back({device, last_due_[i].at, Duration(0)});
  }
  for (const auto& [key, planned] : book_->ledger().open_slices()) {
    StoredInstance& of = stored[key.instance.value];
    of.open.push_back({key.device, key.due_at, planned});
    std::erase(of.ended, StoredSlice{key.device, key.due_at, Duration(0)});
  }
  return stored;
}

}  // namespace camfleet::sim
