#pragma once

#include <functional>
#include <utility>

#include "actors/base/time.hpp"

namespace camfleet::timing {

/// What the machine's clocks say at one moment.
struct ClockReading {
  Instant wall{};          ///< the time of day, as whoever sets the clock has it
  Duration since_boot{0};  ///< passes evenly, also while the machine is suspended
  Duration awake{0};       ///< the same, but stands still while it is suspended
};

/// Reads CLOCK_REALTIME, CLOCK_BOOTTIME and CLOCK_MONOTONIC, less than a millisecond apart unless the machine
/// is kept from it again and again.
ClockReading read_machine_clocks();

/// How the wall time has moved against the time in which the machine was up.
struct ClockMove {
  Duration stepped{0};    ///< the clock was put forward by so much, or back where negative
  Duration suspended{0};  ///< ≥ 0; the machine stood still for so long
  [[nodiscard]] bool happened() const { return stepped != Duration(0) || suspended != Duration(0); }
};

/// Notices that the machine's clock was set, or that the machine was suspended. A clock that is slewed keeps
/// its step with the others, and is no move.
class ClockWatch {
 public:
  using Read = std::function<ClockReading()>;

  /// Moves count from here on.
  explicit ClockWatch(Read read = read_machine_clocks) : read_(std::move(read)), before_(read_()) {}

  /// Since the last look that saw one; nothing while it is less than `least`, which reading three clocks one
  /// after the other cannot tell from none.
  ClockMove look();

  /// Of the last look.
  [[nodiscard]] const ClockReading& reading() const { return now_; }

  static constexpr Duration least = milliseconds(5);

 private:
  Read read_;
  ClockReading before_;
  ClockReading now_ = before_;
};

}  // namespace camfleet::timing
