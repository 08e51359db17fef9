#pragma once

#include <ostream>
#include <string>

#include <rapidcheck.h>

#include "actors/plan/calendar.hpp"
#include "actors/spec/schedule.hpp"

namespace camfleet {

/// Shown by GoogleTest and RapidCheck.
std::ostream& operator<<(std::ostream& out, const Window& window);
std::ostream& operator<<(std::ostream& out, const Schedule& schedule);

namespace testing {

/// Repeating schedules of `zone` that settle without overlap, their times on whole `step_s` seconds; the
/// hours around midnight, where clocks change, come more often.
rc::Gen<Schedule> repeating_schedules(std::string zone, std::int32_t step_s);

/// The same with windows as they come, overlapping or not, not settled yet.
rc::Gen<Schedule> unsettled_schedules(std::string zone, std::int32_t step_s);

/// Every window that opens in [from, to), by next().
std::vector<Window> enumerate(const Calendar& calendar, Instant from, Instant to);

}  // namespace testing
}  // namespace camfleet
