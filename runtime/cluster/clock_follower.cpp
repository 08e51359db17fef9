#include "runtime/cluster/clock_follower.hpp"

#include <algorithm>

namespace camfleet::cluster {

Duration ClockFollower::step(Duration round_trip, Instant own, Instant theirs, Duration since) {
  const Duration behind = theirs + run(round_trip / 2) - own;
  const bool is_far =
      behind > run(jumps_beyond) + run(round_trip) || behind < -run(jumps_beyond) - run(round_trip);
  // One that is far off may have come by a line that stood still.
  if (is_far && std::exchange(is_far_, true)) {
    looks_ = {};
    is_far_ = false;
    return behind;
  }
  is_far_ = is_far;
  if (is_far) return Duration(0);
  looks_[next_] = {round_trip, behind};
  next_ = (next_ + 1) % looks_.size();
  const Look& best = *std::ranges::min_element(looks_, {}, &Look::round_trip);
  const Duration most = run(since) / one_in;
  const Duration by = std::clamp(best.behind, -most, most);
  for (Look& look : looks_) look.behind -= by;
  return by;
}

}  // namespace camfleet::cluster
