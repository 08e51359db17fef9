#pragma once

#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "actors/machines/protocol.hpp"
#include "runtime/store/store.hpp"

namespace camfleet::service {

/// On which node each open slice runs. Thread-safe.
class SliceNodes {
 public:
  void put(const store::SliceName& slice, Place place) {
    const std::lock_guard lock(mutex_);
    places_[key_of(slice)] = place;
  }
  /// It runs there no longer; it may run elsewhere by now.
  void remove(const store::SliceName& slice, Place place) {
    const std::lock_guard lock(mutex_);
    const auto found = places_.find(key_of(slice));
    if (found != places_.end() && found->second == place) places_.erase(found);
  }
  /// None: it runs nowhere.
  [[nodiscard]] std::optional<Place> find(const store::SliceName& slice) const {
    const std::lock_guard lock(mutex_);
    const auto found = places_.find(key_of(slice));
    return found == places_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  using Key = std::tuple<std::int64_t, store::Nanoseconds, std::string>;
  static Key key_of(const store::SliceName& slice) { return {slice.instance, slice.due, slice.device}; }

  mutable std::mutex mutex_;
  std::map<Key, Place> places_;
};

}  // namespace camfleet::service
