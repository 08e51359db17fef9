#pragma once

#include <optional>
#include <string_view>

#include "actors/base/time.hpp"
#include "actors/plan/calendar.hpp"

namespace camfleet::service {

/// The Status of an instance as the API spells it. UN_STATE before the first window opens and after a `once`
/// has ended; INIT from `lead` before the first window until the first frame is there, or a slice or the
/// window has ended without one; RUNNING from then on; EXCEPTION when no device was reached in the last
/// window; BLOCKED while it is deleted.
struct StatusFacts {
  std::optional<Window> first;  ///< first_window()
  bool stopping = false;
  bool begun = false;  ///< it had a frame, or a slice that has ended
  bool unreachable =
      false;  ///< all slices that ended in the last window were camera_offline, and there were some
};

std::string_view status_of(const Calendar& calendar, Instant now, const StatusFacts& facts);

}  // namespace camfleet::service
