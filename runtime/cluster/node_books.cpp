#include "runtime/cluster/node_books.hpp"

#include <algorithm>
#include <utility>

#include "actors/base/text.hpp"

namespace camfleet::cluster {
namespace {

template <class Map>
std::optional<typename Map::mapped_type> found_in(const Map& map, std::uint32_t number) {
  const auto found = map.find(number);
  return found == map.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

void NodeBooks::begin_reign() {
  const std::lock_guard lock(mutex_);
  for (const auto& [theirs, own] : devices_) former_devices_.insert_or_assign(roster_[own].id, own);
  for (const auto& [theirs, own] : instances_) former_instances_.insert_or_assign(roster_[own].id, own);
  devices_.clear();
  their_devices_.clear();
  instances_.clear();
  theirs_.clear();
}

result<void> NodeBooks::add(const DeviceText& text, const Forget<DeviceIx>& forget) {
  remove(text.device, forget);
  if (auto former = former_devices_.extract(text.id)) {
    const DeviceIx known = former.mapped();
    if (roster_[known].source == text.source && roster_[known].kind == text.kind) {
      const std::lock_guard lock(mutex_);
      devices_[text.device.value] = known;
      their_devices_[known.value] = text.device;
      return success();
    }
    if (forget(known)) {
      roster_.forget_device(text.id);
      roster_.release_device(known);
    }
  }
  DeviceEntry entry;
  // Names are the scheduler's to keep apart: one that is taken may belong to what is about to be removed.
  entry.id = text.id;
  entry.source = text.source;
  entry.kind = text.kind;
  entry.length = text.length;
  entry.pictures = text.pictures;
  entry.loops = text.loops;
  if (roster_.find_device(entry.id)) roster_.forget_device(entry.id);
  CAMFLEET_TRY(const DeviceIx own, roster_.add_device(std::move(entry)));
  const std::lock_guard lock(mutex_);
  devices_[text.device.value] = own;
  their_devices_[own.value] = text.device;
  return success();
}

result<void> NodeBooks::add(const InstanceText& text) {
  if (own(text.instance)) remove(text.instance, [](InstanceIx) { return false; });
  if (auto former = former_instances_.extract(text.id)) {
    const std::lock_guard lock(mutex_);
    instances_[text.instance.value] = former.mapped();
    theirs_[former.mapped().value] = text.instance;
    return success();
  }
  std::vector<AlgorithmIx> algorithms;
  for (const std::string& id : text.algorithms) {
    const auto known = roster_.find_algorithm(id);
    if (!known)
      return fail(Errc::unknown_id, "instance " + quote(text.id),
                  "has the algorithm " + quote(id) + ", which this node does not");
    algorithms.push_back(*known);
  }
  CAMFLEET_TRY(const InstanceIx own, roster_.add_part(text.id, std::move(algorithms), text.created));
  const std::lock_guard lock(mutex_);
  instances_[text.instance.value] = own;
  theirs_[own.value] = text.instance;
  return success();
}

void NodeBooks::remove(DeviceIx theirs, const Forget<DeviceIx>& forget) {
  const auto known = own(theirs);
  if (!known) return;
  {
    const std::lock_guard lock(mutex_);
    devices_.erase(theirs.value);
    their_devices_.erase(known->value);
  }
  const std::string id = roster_[*known].id;
  if (roster_.find_device(id) == *known) roster_.forget_device(id);
  if (forget(*known)) roster_.release_device(*known);
}

std::vector<SliceKey> NodeBooks::remove(InstanceIx theirs, const Forget<InstanceIx>& forget) {
  std::vector<SliceKey> open;
  const auto known = own(theirs);
  if (!known) return open;
  {
    const std::lock_guard lock(mutex_);
    instances_.erase(theirs.value);
    theirs_.erase(known->value);
    if (auto of_instance = slices_.extract(known->value)) open = std::move(of_instance.mapped());
  }
  if (forget(*known)) roster_.release_instance(*known);
  return open;
}

std::optional<DeviceIx> NodeBooks::own(DeviceIx theirs) const {
  const std::lock_guard lock(mutex_);
  return found_in(devices_, theirs.value);
}
std::optional<InstanceIx> NodeBooks::own(InstanceIx theirs) const {
  const std::lock_guard lock(mutex_);
  return found_in(instances_, theirs.value);
}
std::optional<InstanceIx> NodeBooks::theirs(InstanceIx own) const {
  const std::lock_guard lock(mutex_);
  return found_in(theirs_, own.value);
}
std::optional<DeviceIx> NodeBooks::theirs(DeviceIx own) const {
  const std::lock_guard lock(mutex_);
  return found_in(their_devices_, own.value);
}

void NodeBooks::add_slice(const SliceKey& key) {
  const std::lock_guard lock(mutex_);
  std::vector<SliceKey>& open = slices_[key.instance.value];
  if (std::ranges::find(open, key) == open.end()) open.push_back(key);
}

bool NodeBooks::drop_slice(const SliceKey& key) {
  const std::lock_guard lock(mutex_);
  const auto of_instance = slices_.find(key.instance.value);
  if (of_instance == slices_.end()) return false;
  const bool was_open = std::erase(of_instance->second, key) > 0;
  if (of_instance->second.empty()) slices_.erase(of_instance);
  return was_open;
}

std::uint32_t NodeBooks::slice_count() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& [instance, open] : slices_) count += open.size();
  return static_cast<std::uint32_t>(count);
}

std::vector<SliceKey> NodeBooks::take_slices() {
  std::vector<SliceKey> all;
  const std::lock_guard lock(mutex_);
  for (const auto& [instance, open] : slices_) all.insert(all.end(), open.begin(), open.end());
  slices_.clear();
  return all;
}

}  // namespace camfleet::cluster
