#include "actors/machines/kept_slices.hpp"

#include <iterator>

#include "actors/machines/account_message.hpp"

namespace camfleet {
namespace {

/// Instances give names without this bit.
constexpr std::uint32_t own_name = 1U << 31U;

}  // namespace

KeptSlices::Kept* KeptSlices::find(InstanceIx instance, SliceIx name) {
  const auto found = names_.find({instance, name});
  if (found == names_.end()) return nullptr;
  const auto slice = slices_.find(found->second);
  return slice == slices_.end() ? nullptr : &slice->second;
}

std::optional<SliceKey> KeptSlices::key_of(InstanceIx instance, SliceIx name) const {
  const auto found = names_.find({instance, name});
  if (found == names_.end()) return std::nullopt;
  const auto& [of, device, due_at] = found->second;
  return SliceKey{of, device, due_at};
}

std::optional<SliceIx> KeptSlices::name_of(const SliceKey& key) const {
  const auto found = slices_.find(order_of(key));
  return found == slices_.end() ? std::nullopt : std::optional(found->second.begun.slice);
}

void KeptSlices::call(const Order& order, Kept& slice, SliceIx name) {
  slice.begun.slice = name;
  slice.names.push_back(name);
  names_[{slice.begun.instance, name}] = order;
}

void KeptSlices::begin(DeviceIx device, const BeginSlice& message) {
  const Order order{message.instance, device, message.slice_due_at};
  if (const auto before = slices_.find(order); before != slices_.end()) erase(before);
  Kept& slice = slices_[order];
  slice.begun = message;
  slice.accounts.resize(message.algorithms);
  call(order, slice, message.slice);
}

template <class M>
std::optional<M> KeptSlices::said(const Kept& slice, M message) {
  if (!slice.is_named) return std::nullopt;
  message.slice = slice.begun.slice;
  return message;
}

std::optional<SliceAccount> KeptSlices::note(InstanceIx instance, const SliceAccount& message) {
  Kept* slice = find(instance, message.slice);
  if (slice == nullptr) return message;
  if (message.algorithm < slice->accounts.size()) take_account(message, slice->accounts[message.algorithm]);
  return said(*slice, message);
}

std::optional<SliceProgress> KeptSlices::note(InstanceIx instance, const SliceProgress& message) {
  Kept* slice = find(instance, message.slice);
  if (slice == nullptr) return message;
  slice->progress = message;
  const auto said_now = said(*slice, message);
  if (message.has_left) erase(slices_.find(names_.at({instance, message.slice})));
  return said_now;
}

std::optional<SliceDone> KeptSlices::note(InstanceIx instance, const SliceDone& message) {
  Kept* slice = find(instance, message.slice);
  if (slice == nullptr) return message;
  slice->done = message;
  const auto said_now = said(*slice, message);
  if (slice->is_unwanted) erase(slices_.find(names_.at({instance, message.slice})));
  return said_now;
}

void KeptSlices::disown() {
  for (auto& [order, slice] : slices_) slice.is_named = false;
}

void KeptSlices::tell(Place from, const Tell& tell, const Hear& hear) {
  for (auto& [order, slice] : slices_) {
    if (slice.is_named) continue;
    const auto& [instance, device, due_at] = order;
    const SliceIx was = slice.begun.slice;
    // What it was called earlier, nobody says any more.
    forget_names(order, slice, was);
    call(order, slice, {own_name | (own_names_++ & (own_name - 1))});
    if (!slice.done) hear(device, {instance, due_at, was, slice.begun.slice});
    tell({.instance = instance,
          .device = device,
          .slice_due_at = due_at,
          .due_at = slice.begun.due_at,
          .slice = slice.begun.slice,
          .from = from});
  }
}

bool KeptSlices::rename(DeviceIx device, const RenameSlice& message, const Send& send) {
  const Order order{message.instance, device, message.slice_due_at};
  const auto found = slices_.find(order);
  if (found == slices_.end() || found->second.begun.slice != message.was) return false;
  Kept& slice = found->second;
  slice.is_named = true;
  call(order, slice, message.slice);
  tell(slice, message.slice, send);
  return true;
}

void KeptSlices::tell(const Kept& slice, SliceIx name, const Send& send) {
  // Nothing was told of it yet: it has nothing to tell.
  if (!slice.progress && !slice.done) return;
  const InstanceIx instance = slice.begun.instance;
  const Place from = slice.done ? slice.done->from : slice.progress->from;
  for (std::size_t i = 0; i < slice.accounts.size(); ++i) {
    tell_account(name, from, static_cast<std::uint8_t>(i), slice.accounts[i],
                 [&](const SliceAccount& account) { send(instance, account); });
  }
  // Who sends may lose its connection by it, and with that the name.
  const auto by_name = [&](auto last) {
    last.slice = name;
    send(instance, last);
  };
  if (slice.done) {
    by_name(*slice.done);
  } else {
    by_name(*slice.progress);
  }
}

bool KeptSlices::tell_ended(const SliceKey& key, const Send& send) const {
  const auto found = slices_.find(order_of(key));
  if (found == slices_.end() || !found->second.done) return false;
  tell(found->second, found->second.begun.slice, send);
  return true;
}

std::optional<Instant> KeptSlices::part_due_at(const SliceKey& key) const {
  const auto found = slices_.find(order_of(key));
  return found == slices_.end() ? std::nullopt : std::optional(found->second.begun.due_at);
}

void KeptSlices::forget(const SliceKey& key) {
  if (const auto found = slices_.find(order_of(key)); found != slices_.end()) erase(found);
}

void KeptSlices::cancel(const CancelSlice& message) {
  if ((message.slice.value & own_name) == 0) return;
  const auto name = names_.find({message.instance, message.slice});
  if (name == names_.end()) return;
  const auto slice = slices_.find(name->second);
  if (slice == slices_.end()) return;
  slice->second.is_unwanted = true;
  if (slice->second.done) erase(slice);
}

void KeptSlices::forget_names(const Order& order, Kept& slice, std::optional<SliceIx> but) {
  std::erase_if(slice.names, [&](SliceIx name) {
    if (name == but) return false;
    const auto known = names_.find({slice.begun.instance, name});
    if (known != names_.end() && known->second == order) names_.erase(known);
    return true;
  });
}

void KeptSlices::erase(std::map<Order, Kept>::iterator slice) {
  const auto& [instance, device, due_at] = slice->first;
  if (forgotten_ && slice->second.done) forgotten_({instance, device, due_at});
  forget_names(slice->first, slice->second, std::nullopt);
  slices_.erase(slice);
}

template <class Is>
void KeptSlices::erase_if(Is is) {
  for (auto slice = slices_.begin(); slice != slices_.end();) {
    const auto next = std::next(slice);
    if (is(slice->first, slice->second)) erase(slice);
    slice = next;
  }
}

void KeptSlices::fence(DeviceIx device) {
  erase_if([&](const Order& order, const Kept&) { return std::get<DeviceIx>(order) == device; });
}

void KeptSlices::forget(InstanceIx instance) {
  erase_if([&](const Order& order, const Kept&) { return std::get<InstanceIx>(order) == instance; });
}

void KeptSlices::forget_former(const std::function<void(const SliceKey& key)>& each) {
  erase_if([&](const Order& order, const Kept& slice) {
    const auto& [instance, device, due_at] = order;
    if (!slice.is_named) each({instance, device, due_at});
    return !slice.is_named;
  });
}

void KeptSlices::clear() {
  slices_.clear();
  names_.clear();
}

}  // namespace camfleet
