#pragma once

#include <concepts>
#include <vector>

#include "actors/base/ids.hpp"
#include "actors/base/time.hpp"
#include "actors/machines/plant.hpp"
#include "actors/machines/protocol.hpp"
#include "actors/machines/recovery.hpp"

namespace camfleet::sim {

/// What the kernel asks of a plant beyond Plant.
///
/// Timers that it sets in the queue for an ActorId of kind `plant` come back as on(TimerFired). acting() says
/// whose handler runs from now on: the answers to what it asks go to its process; process_ended() that all
/// that a process had asked for is gone. prefetch() has the state of a device on its way to the processor.
/// stored() is what outlives the scheduler's process; while is_settled() is false, some of that is still
/// being written down; take_stored() answers whose rows became durable by a timer since it was asked last.
///
/// A plant may know beforehand what becomes of a slice: one that foresees() it answers its BeginSlice with
/// foresee(), which sends the instance what the device would, and the device hears nothing of the slice.
template <class P>
concept SimulatedPlant = Plant<P> &&
    requires(P& plant, ActorId actor, Place place, DeviceIx device, const TimerFired& timer,
             const SliceKey& key, Instant at, const BeginSlice& slice) {
  plant.on(timer);
  plant.acting(actor);
  plant.process_ended(place);
  plant.prefetch(device);
  { plant.stored() } -> std::same_as<std::vector<StoredInstance>>;
  { plant.is_settled() } -> std::same_as<bool>;
  { plant.take_stored() } -> std::same_as<std::vector<SliceKey>>;
  { plant.foresees(key, at) } -> std::same_as<bool>;
  plant.foresee(device, slice);
};

/// What a plant of one process that foresees nothing, and sets no timers, has to say to it.
class OneProcessPlant : public InattentivePlant {
 public:
  void on(const TimerFired& /*message*/) {}
  void acting(ActorId /*actor*/) {}
  void process_ended(Place /*place*/) {}
  void prefetch(DeviceIx /*device*/) const {}
  [[nodiscard]] std::vector<StoredInstance> stored() const { return {}; }
  [[nodiscard]] bool is_settled() const { return true; }
  std::vector<SliceKey> take_stored() { return {}; }
  [[nodiscard]] bool foresees(const SliceKey& /*key*/, Instant /*ends_at*/) const { return false; }
  void foresee(DeviceIx /*device*/, const BeginSlice& /*slice*/) {}
};

}  // namespace camfleet::sim
