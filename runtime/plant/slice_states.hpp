#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "actors/ledger/ledger.hpp"
#include "runtime/vision/engine.hpp"

namespace camfleet::plant {

/// What algorithms remember of the slices that are open, and no longer: from one sample to the next. For one
/// thread at a time.
class SliceStates {
 public:
  using State = std::shared_ptr<vision::EngineState>;

  void begin(const SliceKey& slice) { slices_.try_emplace(id_of(slice)); }
  void end(const SliceKey& slice) { slices_.erase(id_of(slice)); }
  [[nodiscard]] std::size_t open() const { return slices_.size(); }

  /// That of the slice's algorithm `place`, made by `make()` for its first sample; it may be null, for an
  /// algorithm that remembers nothing. A sample that comes when its slice has ended has one of its own.
  template <class Make>
  State of(const SliceKey& slice, std::uint8_t place, const Make& make) {
    const auto found = slices_.find(id_of(slice));
    if (found == slices_.end()) return make();
    const auto [state, is_first] = found->second.try_emplace(place);
    if (is_first) state->second = make();
    return state->second;
  }

 private:
  using Id = std::tuple<std::uint32_t, std::uint32_t, std::int64_t>;
  static Id id_of(const SliceKey& slice) {
    return {slice.instance.value, slice.device.value, slice.due_at.time_since_epoch().count()};
  }

  std::map<Id, std::map<std::uint8_t, State>> slices_;
};

}  // namespace camfleet::plant
