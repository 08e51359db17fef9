#pragma once

#include "actors/base/time.hpp"
#include "runtime/media/interrupt.hpp"

namespace camfleet::media {

/// The time that a run goes by: the machine's, or another that passes at a speed of its own.
class RunClock {
 public:
  virtual ~RunClock() = default;
  [[nodiscard]] virtual Instant now() const = 0;
  /// Returns at `at`, when the interrupt is nudged, or within half a second of real time, as the clock may
  /// have been set: who waits looks again.
  virtual void wait_a_while(Instant at, Interrupt& interrupt) const = 0;
};

}  // namespace camfleet::media
