#include "actors/machines/kept_slices.hpp"

#include <iterator>
#include <utility>

#include "actors/machines/account_message.hpp"

namespace camfleet {

KeptSlices::Kept* KeptSlices::find(InstanceIx instance, SliceIx name) {
  const auto found = names_.find({instance, name});
  if (found == names_.end()) return nullptr;
  const auto slice = slices_.find(found->second);
  return slice == slices_.end() ? nullptr : &slice->second;
}

void KeptSlices::begin(DeviceIx device, const BeginSlice& message) {
  const Order order{message.instance, device, message.slice_due_at};
  if (const auto before = slices_.find(order); before != slices_.end()) erase(before);
  slices_[order] = {message, std::vector<AlgorithmAccount>(message.algorithms), std::nullopt, std::nullopt};
  names_[{message.instance, message.slice}] = order;
}

void KeptSlices::note(InstanceIx instance, const SliceAccount& message) {
  Kept* slice = find(instance, message.slice);
  if (slice != nullptr && message.algorithm < slice->accounts.size())
    take_account(message, slice->accounts[message.algorithm]);
}

void KeptSlices::note(InstanceIx instance, const SliceProgress& message) {
  if (Kept* slice = find(instance, message.slice)) slice->progress = message;
}

void KeptSlices::note(InstanceIx instance, const SliceDone& message) {
  if (Kept* slice = find(instance, message.slice)) slice->done = message;
}

void KeptSlices::rename(DeviceIx device, const RenameSlice& message, const Send& send) {
  const Order order{message.instance, device, message.slice_due_at};
  const auto found = slices_.find(order);
  if (found == slices_.end() || found->second.begun.slice != message.was) return;
  Kept& slice = found->second;
  names_.erase({message.instance, message.was});
  names_[{message.instance, message.slice}] = order;
  slice.begun.slice = message.slice;
  // Nothing was told of it yet: it has nothing to tell.
  if (!slice.progress && !slice.done) return;
  const Place from = slice.done ? slice.done->from : slice.progress->from;
  for (std::size_t i = 0; i < slice.accounts.size(); ++i) {
    tell_account(message.slice, from, static_cast<std::uint8_t>(i), slice.accounts[i],
                 [&](const SliceAccount& account) { send(message.instance, account); });
  }
  if (slice.done) {
    slice.done->slice = message.slice;
    return send(message.instance, *slice.done);
  }
  slice.progress->slice = message.slice;
  send(message.instance, *slice.progress);
}

void KeptSlices::forget(const SliceKey& key) {
  if (const auto found = slices_.find(order_of(key)); found != slices_.end()) erase(found);
}

void KeptSlices::cancel(const CancelSlice& message) {
  const auto name = names_.find({message.instance, message.slice});
  if (name == names_.end()) return;
  const auto slice = slices_.find(name->second);
  if (slice->second.done) erase(slice);
}

void KeptSlices::erase(std::map<Order, Kept>::iterator slice) {
  names_.erase({slice->second.begun.instance, slice->second.begun.slice});
  slices_.erase(slice);
}

void KeptSlices::fence(DeviceIx device) {
  for (auto slice = slices_.begin(); slice != slices_.end();) {
    const auto next = std::next(slice);
    if (std::get<DeviceIx>(slice->first) == device) erase(slice);
    slice = next;
  }
}

void KeptSlices::tell(Place from, const Send& send) const {
  for (const auto& [order, slice] : slices_) {
    const auto& [instance, device, due_at] = order;
    send(instance, KeptSlice{.device = device,
                             .slice_due_at = due_at,
                             .due_at = slice.begun.due_at,
                             .slice = slice.begun.slice,
                             .from = from});
  }
}

}  // namespace camfleet
