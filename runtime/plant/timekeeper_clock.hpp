#pragma once

#include <algorithm>
#include <thread>

#include "runtime/media/run_clock.hpp"
#include "runtime/time/timekeeper.hpp"

namespace camfleet::plant {

/// The timekeeper's time, for streams that film by it.
class TimekeeperClock final : public media::RunClock {
 public:
  explicit TimekeeperClock(const timing::Timekeeper& time) : time_(&time) {}

  [[nodiscard]] Instant now() const override { return time_->now(); }
  void wait_a_while(Instant at, media::Interrupt& interrupt) const override {
    constexpr Duration longest = milliseconds(500);
    const auto speed = time_->speed().millionths;
    // As fast as the work allows there is nothing to wait for but the work.
    if (!speed) return std::this_thread::sleep_for(milliseconds(1));
    const Duration left = at - time_->now();
    if (left <= Duration(0)) return;
    __extension__ using Wide = __int128;
    const Wide real = Wide{left.count()} * timing::Speed::real_time / *speed;
    interrupt.wait(Duration(static_cast<std::int64_t>(std::min<Wide>(real, longest.count()))));
  }

 private:
  const timing::Timekeeper* time_;
};

}  // namespace camfleet::plant
