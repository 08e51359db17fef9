#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "actors/base/time.hpp"
#include "runtime/time/timekeeper.hpp"

namespace camfleet::cli {

/// The time of a run whose scheduler may end and begin anew: it stands at `start` until begin(), and passes
/// at its speed from then on. Thread-safe.
class RunClock {
 public:
  using Real = std::chrono::steady_clock::time_point;

  /// `speed`: a number.
  RunClock(Instant start, timing::Speed speed) : start_(start), speed_(speed) {}

  /// It is `now`, not before `start`.
  void begin(Instant now) {
    began_ =
        std::chrono::steady_clock::now() - scaled(now - start_, timing::Speed::real_time, *speed_.millionths);
  }
  [[nodiscard]] Instant now() const {
    const Real began = began_;
    if (began == stands) return start_;
    const Duration passed = std::chrono::steady_clock::now() - began;
    return start_ + scaled(passed, *speed_.millionths, timing::Speed::real_time);
  }
  /// When it is `at`; now while it stands.
  [[nodiscard]] Real real(Instant at) const {
    const Real began = began_;
    if (began == stands) return std::chrono::steady_clock::now();
    return began + scaled(at - start_, timing::Speed::real_time, *speed_.millionths);
  }
  [[nodiscard]] timing::Speed speed() const { return speed_; }

 private:
  static Duration scaled(Duration span, std::int64_t times, std::int64_t parts) {
    __extension__ using Wide = __int128;
    return Duration(static_cast<std::int64_t>(Wide{span.count()} * times / parts));
  }

  Instant start_;
  timing::Speed speed_;
  static constexpr Real stands = Real::min();
  std::atomic<Real> began_ = stands;
};

}  // namespace camfleet::cli
