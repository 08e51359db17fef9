#pragma once

#include "actors/time.hpp"
#include "runtime/media/interrupt.hpp"

namespace camfleet::media {

/// The time that a run goes by: the machine's, or another that passes at a speed of its own.
class RunClock {
 public:
  virtual ~RunClock() = default;
  [[nodiscard]] virtual Instant now() const = 0;
  /// Returns at `at`, or within 50 ms of real time: who waits looks again at what may have changed.
  virtual void wait_a_while(Instant at) const = 0;
};

}  // namespace camfleet::media
