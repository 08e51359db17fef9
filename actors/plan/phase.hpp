#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/base/time.hpp"
#include "actors/spec/spec.hpp"

namespace camfleet {

/// Chooses φ for the polled instances of a fleet, one per instance and listed window, in order of creation.
///
/// Instances whose listed windows share opening, zone and P continue each other's strip, so that together
/// they meet ⌈Σ D·n / P⌉. The first of a new (opening, zone, P) takes the φ at which its peak with the
/// windows of other P that are open at the same time of day is lowest (greedy: first of the best candidates).
class PhasePlanner {
 public:
  /// One φ in [0, P) per listed window of the spec's schedule; all 0 without polling. Remembers the instance.
  std::vector<Duration> place(const InstanceSpec& spec);

  /// An instance that was placed is gone. The last one of a strip takes it along; before that its place stays
  /// empty, as those behind it keep theirs.
  void leave(const WorkSpec& spec, const Schedule& schedule);

  static constexpr std::size_t max_compared =
      64;  ///< other strips looked at for one placement, the newest first
  static constexpr std::size_t max_candidates = 64;  ///< values of φ tried for one placement

 private:
  /// All instances with one opening, zone and P: a strip that is filled from `base` on, round and round.
  struct Strip {
    std::string zone;
    std::int32_t start_s;
    std::int32_t end_s;
    std::int64_t length_s;  ///< P
    std::int64_t base_s;    ///< φ of the first instance
    std::int64_t filled_s;  ///< Σ D·n
    std::uint32_t users = 1;
  };

  [[nodiscard]] std::int64_t best_base(const Strip& strip) const;
  [[nodiscard]] std::vector<Strip>::iterator find(const Polling& polling, const DailyWindow& window,
                                                  const std::string& zone);
  /// P of a listed window.
  [[nodiscard]] static std::int64_t length_of(const Polling& polling, const DailyWindow& window);

  std::vector<Strip> strips_;
};

}  // namespace camfleet
