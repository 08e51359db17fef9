#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "actors/base/ids.hpp"
#include "actors/base/time.hpp"

namespace camfleet::sim {

/// Watches that no core of a process is given more than one analysis at a time, nor one that is not there.
class CoreWatch {
 public:
  /// `cores`: how many each process has, by place.
  explicit CoreWatch(const std::vector<std::uint32_t>& cores) : places_(cores.size()) {
    for (std::size_t i = 0; i < cores.size(); ++i) places_[i].resize(cores[i], Instant::min());
  }

  /// An analysis occupies a core from `now` until `ends`; false when that core is not free.
  bool begin(Place place, std::uint32_t core, Instant now, Instant ends) {
    auto& busy_until = places_[place.number];
    return core < busy_until.size() && std::exchange(busy_until[core], ends) <= now;
  }

  /// A process has ended, and its analyses with it.
  void process_ended(Place place) { std::ranges::fill(places_[place.number], Instant::min()); }

 private:
  std::vector<std::vector<Instant>> places_;  ///< by place and core: until when it is busy
};

}  // namespace camfleet::sim
