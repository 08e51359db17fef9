#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/plan/calendar.hpp"

namespace camfleet::testing {

/// What a wall clock of one zone shows at every step of [from, to), seconds since 1970-01-01 in the zone's
/// own civil time, by the C library's localtime_r: neither our calendar nor its zone library takes part.
class WallClock {
 public:
  /// `from`, `to` and `step` in seconds, UTC. Transitions between two steps are not seen, so a step of a
  /// minute needs transitions and offsets of whole minutes.
  WallClock(const std::string& zone, std::int64_t from, std::int64_t to, std::int64_t step);

  [[nodiscard]] std::int64_t from() const { return from_; }
  [[nodiscard]] std::int64_t step() const { return step_; }
  [[nodiscard]] std::size_t size() const { return highest_.size(); }
  [[nodiscard]] std::int64_t second(std::size_t i) const {
    return from_ + static_cast<std::int64_t>(i) * step_;
  }

  /// The latest time that the clock has shown up to step i, and the earliest that it will show from step i
  /// on. They differ only around a fold.
  [[nodiscard]] std::int64_t highest_until(std::size_t i) const { return highest_[i]; }
  [[nodiscard]] std::int64_t lowest_from(std::size_t i) const { return lowest_[i]; }

  /// Instants (UTC seconds, whole minutes) at which the offset changes in [from, to).
  static std::vector<std::int64_t> transitions(const std::string& zone, std::int64_t from, std::int64_t to);

 private:
  std::int64_t from_;
  std::int64_t step_;
  std::vector<std::int64_t> highest_;
  std::vector<std::int64_t> lowest_;
};

/// The windows of a repeating schedule, by walking the clock step by step and asking at each one which window
/// is open: a window has opened as soon as the clock has shown its start or more (the first occurrence, or
/// the end of a gap), and is over once the clock shows its end for the last time, or never shows less again
/// (the end of a gap). Of several the one with the latest start counts. Windows that are open at either edge
/// are left out.
std::vector<Window> walk(const WallClock& clock, const Schedule& schedule);

/// Whether any window of the list is open at step i, overlap or not.
bool any_open(const WallClock& clock, std::size_t i, const Schedule& schedule);

}  // namespace camfleet::testing
