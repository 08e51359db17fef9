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
/// devices, and passes on what it answers.
///
/// A scheduler that has begun anew gives names of its own. What it has not named yet has one that no
/// scheduler gives, and says nothing: an old name could be another slice's.
class KeptSlices {
 public:
  /// Takes what a device would say to an instance.
  using Send = std::function<void(InstanceIx to, const Message& message)>;
  /// Takes what a device of the node is to hear.
  using Hear = std::function<void(DeviceIx device, const RenameSlice& message)>;
  /// Takes what the placement is to hear.
  using Tell = std::function<void(const KeptSlice& message)>;

  /// Hears of slices that have ended and are not kept any longer; empty: nobody does.
  using Forgotten = std::function<void(const SliceKey& key)>;

  KeptSlices() = default;
  explicit KeptSlices(Forgotten forgotten) : forgotten_(std::move(forgotten)) {}

  void begin(DeviceIx device, const BeginSlice& message);
  /// What a device says of a slice, by the name that its instance knows; none: it is not to be said now.
  std::optional<SliceAccount> note(InstanceIx instance, const SliceAccount& message);
  std::optional<SliceProgress> note(InstanceIx instance, const SliceProgress& message);
  std::optional<SliceDone> note(InstanceIx instance, const SliceDone& message);
  /// The connection has ended: no name is known to whoever is called next.
  void disown();
  /// Another scheduler is told what there was before, in the order of keys, as of the place `from`: no slice
  /// is called as it was.
  void tell(Place from, const Tell& tell, const Hear& hear);
  /// What there was before has been dropped; `each` hears of it.
  void forget_former(const std::function<void(const SliceKey& key)>& each);
  /// A slice is called by this name: says what is known of it. False: it has no slice of the old name.
  bool rename(DeviceIx device, const RenameSlice& message, const Send& send);
  /// One that has ended: says by its present name what is known of it. False: it is not here, or runs.
  bool tell_ended(const SliceKey& key, const Send& send) const;
  /// When the part of one was due that is here; none: it is not here.
  [[nodiscard]] std::optional<Instant> part_due_at(const SliceKey& key) const;
  /// Its row is stored.
  void forget(const SliceKey& key);
  /// By a name that was given here: nobody wants it, and once it has ended it is forgotten. By another name
  /// it is to end, and its account is wanted.
  void cancel(const CancelSlice& message);
  /// The device has dropped what it had.
  void fence(DeviceIx device);
  /// Nothing of an instance is under way any more.
  void forget(InstanceIx instance);
  void clear();

  [[nodiscard]] bool has(const SliceKey& key) const { return slices_.contains(order_of(key)); }
  [[nodiscard]] std::size_t size() const { return slices_.size(); }
  /// Which slice has, or had, this name; none: none that is here.
  [[nodiscard]] std::optional<SliceKey> key_of(InstanceIx instance, SliceIx name) const;
  /// The name of one; none: it is not here.
  [[nodiscard]] std::optional<SliceIx> name_of(const SliceKey& key) const;

 private:
  struct Kept {
    BeginSlice begun;  ///< by the present name
    bool is_unwanted = false;
    bool is_named = true;        ///< by the scheduler that is there
    std::vector<SliceIx> names;  ///< all that it has had
    std::vector<AlgorithmAccount> accounts;
    std::optional<SliceProgress> progress;
    std::optional<SliceDone> done;
  };
  using Order = std::tuple<InstanceIx, DeviceIx, Instant>;
  static Order order_of(const SliceKey& key) { return {key.instance, key.device, key.due_at}; }
  /// Null for one that it does not have.
  Kept* find(InstanceIx instance, SliceIx name);
  void call(const Order& order, Kept& slice, SliceIx name);
  /// All that it has had, but for one.
  void forget_names(const Order& order, Kept& slice, std::optional<SliceIx> but);
  template <class M>
  static std::optional<M> said(const Kept& slice, M message);
  /// What is known of one, by this name.
  static void tell(const Kept& slice, SliceIx name, const Send& send);
  void erase(std::map<Order, Kept>::iterator slice);
  template <class Is>
  void erase_if(Is is);

  Forgotten forgotten_;
  std::map<Order, Kept> slices_;
  std::map<std::pair<InstanceIx, SliceIx>, Order> names_;
  std::uint32_t own_names_ = 0;
};

}  // namespace camfleet
