#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "actors/base/time.hpp"

namespace camfleet::cluster {

/// How a node's time follows the scheduler's, of which every answer to a heartbeat tells: in steps that are
/// small beside the time between two answers, so that it neither jumps nor stands still; by one jump where
/// the two are far apart, as after the scheduler's clock was set. The answer that was quickest is believed: a
/// slow line delays one way more than the other.
class ClockFollower {
 public:
  static constexpr Duration jumps_beyond = seconds(2);
  /// Of the time between two answers, that a step may be.
  static constexpr std::int64_t one_in = 200;

  /// `millionths`: how fast the fleet's time passes, of real time; see timing::Speed.
  explicit ClockFollower(std::int64_t millionths) : millionths_(millionths) {}

  /// By how much the node's time is to be moved. `round_trip`, of real time: from asking until the answer;
  /// `own` and `theirs`: the node's time at the answer, and the scheduler's as it answered; `since`: of real
  /// time, the answer before.
  Duration step(Duration round_trip, Instant own, Instant theirs, Duration since);

 private:
  struct Look {
    Duration round_trip = Duration::max();
    Duration behind{0};  ///< how far the node's time is behind
  };
  /// So much of the fleet's time, at most some years of it.
  [[nodiscard]] Duration run(Duration real) const {
    const auto span = static_cast<double>(real.count()) * static_cast<double>(millionths_) / 1e6;
    return Duration(static_cast<std::int64_t>(std::clamp(span, -most_span, most_span)));
  }
  static constexpr double most_span = 1e18;

  std::int64_t millionths_;
  std::array<Look, 16> looks_{};
  std::size_t next_ = 0;
  bool is_far_ = false;  ///< as the answer before said
};

}  // namespace camfleet::cluster
