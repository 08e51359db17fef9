#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "actors/base/time.hpp"
#include "actors/ledger/ledger.hpp"
#include "actors/machines/protocol.hpp"

namespace camfleet::sim {

/// Which findings of the slices that are open, or were a moment ago, are there already. What a node had
/// analysed and not told of, or a process before its restart, is analysed again, and is no second finding.
class FoundOnce {
 public:
  /// Whether nothing was found in this sample before; it is from now on. `every_frame`: of its slice, whose
  /// samples are else whole seconds apart.
  bool add(const Sample& sample, bool every_frame) {
    Found& found =
        slices_[{sample.instance.value, sample.device.value, count_of(sample.due_at), sample.algorithm}];
    const Duration since = sample.at - sample.due_at;
    if (every_frame || since < Duration(0)) return found.frames.insert(since.count()).second;
    const auto second = static_cast<std::size_t>(since / seconds(1));
    if (second >= found.seconds.size()) found.seconds.resize(second + 1);
    const bool is_new = !found.seconds[second];
    found.seconds[second] = true;
    return is_new;
  }

  /// `kept` is for how long a node may still look at the samples of a slice that has its row: it is cut off,
  /// or stands still.
  explicit FoundOnce(Duration kept = minutes(2)) : kept_(kept) {}

  /// The slice has its row.
  void end(const SliceKey& slice, Instant now) {
    ended_.emplace_back(slice, now);
    for (; now - ended_.front().second > kept_; ended_.pop_front()) forget(ended_.front().first);
  }

  [[nodiscard]] std::size_t open() const { return slices_.size(); }

 private:
  struct Found {
    std::vector<bool> seconds;      ///< since the slice was due
    std::set<std::int64_t> frames;  ///< nanoseconds since then
  };
  void forget(const SliceKey& slice) {
    const auto of_slice = [&](std::uint32_t algorithm) {
      return slices_.lower_bound(
          {slice.instance.value, slice.device.value, count_of(slice.due_at), algorithm});
    };
    slices_.erase(of_slice(0), of_slice(UINT32_MAX));
  }
  static std::int64_t count_of(Instant at) { return at.time_since_epoch().count(); }

  /// By instance, device, due instant and algorithm.
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::int64_t, std::uint32_t>, Found> slices_;
  std::deque<std::pair<SliceKey, Instant>> ended_;
  Duration kept_;
};

}  // namespace camfleet::sim
