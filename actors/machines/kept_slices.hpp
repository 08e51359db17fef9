#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "actors/ledger/ledger.hpp"
#include "actors/ledger/outcome.hpp"
#include "actors/machines/protocol.hpp"

namespace camfleet {

/// What the process of a node keeps of its slices, for a scheduler that begins anew: those that run, and
/// those that have ended until their rows are stored. Its executor shows it what passes between instances and
/// devices.
class KeptSlices {
 public:
  /// Takes what a device would say to an instance.
  using Send = std::function<void(InstanceIx to, const Message& message)>;

  void begin(DeviceIx device, const BeginSlice& message);
  void note(InstanceIx instance, const SliceAccount& message);
  void note(InstanceIx instance, const SliceProgress& message);
  void note(InstanceIx instance, const SliceDone& message);
  /// A scheduler that has begun anew calls a slice by this name: says what is known of it.
  void rename(DeviceIx device, const RenameSlice& message, const Send& send);
  /// Its row is stored.
  void forget(const SliceKey& key);
  /// Nobody wants it: what has ended is forgotten.
  void cancel(const CancelSlice& message);
  /// The device has dropped what it had.
  void fence(DeviceIx device);
  /// What a scheduler that has begun anew is told first, in the order of their keys, as of the place `from`.
  void tell(Place from, const Send& send) const;

  [[nodiscard]] bool has(const SliceKey& key) const { return slices_.contains(order_of(key)); }
  [[nodiscard]] std::size_t size() const { return slices_.size(); }

 private:
  struct Kept {
    BeginSlice begun;
    std::vector<AlgorithmAccount> accounts;
    std::optional<SliceProgress> progress;
    std::optional<SliceDone> done;
  };
  using Order = std::tuple<InstanceIx, DeviceIx, Instant>;
  static Order order_of(const SliceKey& key) { return {key.instance, key.device, key.due_at}; }
  /// Null for one that it does not have.
  Kept* find(InstanceIx instance, SliceIx name);
  void erase(std::map<Order, Kept>::iterator slice);

  std::map<Order, Kept> slices_;
  std::map<std::pair<InstanceIx, SliceIx>, Order> names_;
};

}  // namespace camfleet
