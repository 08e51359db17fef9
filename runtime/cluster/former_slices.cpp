#include "runtime/cluster/former_slices.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace camfleet::cluster {
namespace {

/// Neither instances nor KeptSlices give names with both bits before 2³⁰ others were given.
constexpr std::uint32_t former_name = 3U << 30U;

bool is_said_of_slice(const Record& record) {
  return std::holds_alternative<NodeTrouble>(record) ||
         std::holds_alternative<ToInstance<SliceAccount>>(record) ||
         std::holds_alternative<ToInstance<SliceDone>>(record);
}

}  // namespace

FormerSlices::FormerSlices(const std::vector<EndedSlice>& ended, const Forgotten& forgotten)
    : forgotten_(forgotten) {
  for (const EndedSlice& one : ended) {
    auto read = read_envelope(one.records);
    const bool is_good = read.has_value() && read.value().size() > 1 &&
                         std::holds_alternative<KeptSliceName>(read.value().front()) &&
                         std::holds_alternative<ToInstance<SliceDone>>(read.value().back()) &&
                         std::all_of(read.value().begin() + 1, read.value().end(), is_said_of_slice);
    if (!is_good) {
      forgotten_(one);
      continue;
    }
    Slice& slice = slices_[{one.instance, one.device, one.due_at}];
    slice.name = std::get<KeptSliceName>(read.value().front());
    slice.records.assign(read.value().begin() + 1, read.value().end());
  }
}

void FormerSlices::tell(const std::function<void(const KeptSliceName& name)>& tell) {
  for (auto& [key, slice] : slices_) {
    slice.name.slice = {former_name | (names_++ & ~former_name)};
    tell(slice.name);
  }
}

const std::vector<Record>* FormerSlices::find(const std::string& instance, const std::string& device,
                                              Instant due_at, SliceIx name) const {
  const auto found = slices_.find({instance, device, due_at});
  return found == slices_.end() || found->second.name.slice != name ? nullptr : &found->second.records;
}

template <class Is>
void FormerSlices::forget_if(Is is) {
  std::erase_if(slices_, [&](const auto& one) {
    const auto& [instance, device, due_at] = one.first;
    if (!is(one.first, one.second)) return false;
    forgotten_({instance, device, due_at});
    return true;
  });
}

void FormerSlices::cancel(const std::string& instance, SliceIx name) {
  if ((name.value & former_name) != former_name) return;
  forget_if([&](const Key& key, const Slice& slice) {
    return std::get<0>(key) == instance && slice.name.slice == name;
  });
}

void FormerSlices::forget(const std::string& instance, const std::string& device, Instant due_at) {
  const Key gone(instance, device, due_at);
  if (slices_.erase(gone) > 0) forgotten_({instance, device, due_at});
}

void FormerSlices::forget_instance(const std::string& instance) {
  forget_if([&](const Key& key, const Slice&) { return std::get<0>(key) == instance; });
}

void FormerSlices::forget_all() {
  forget_if([](const Key&, const Slice&) { return true; });
}

}  // namespace camfleet::cluster
