#include "tests/actors/calendar_gen.hpp"

#include <algorithm>
#include <utility>

namespace camfleet {

std::ostream& operator<<(std::ostream& out, const Window& window) {
  return out << to_iso(window.opens) << " " << to_iso(window.closes) << " #" << window.listed;
}

std::ostream& operator<<(std::ostream& out, const Schedule& schedule) {
  out << to_text(schedule.type) << " in " << schedule.zone << ", days";
  for (unsigned day = 0; day < 32; ++day) {
    if (((schedule.days >> day) & 1U) != 0) out << " " << day;
  }
  out << ", seconds";
  for (const DailyWindow& window : schedule.windows) out << " " << window.start_s << "-" << window.end_s;
  return out;
}

namespace testing {
namespace {

constexpr std::int32_t seconds_of_day = 86'400;

std::int32_t time_of_day(std::int32_t step_s) {
  const std::int32_t steps = seconds_of_day / step_s;
  return step_s * *rc::gen::oneOf(rc::gen::inRange(0, steps), rc::gen::inRange(0, steps / 6),
                                  rc::gen::inRange(steps * 11 / 12, steps));
}

DailyWindow any_window(std::int32_t step_s) {
  const std::int32_t start = time_of_day(step_s);
  const std::int32_t end = time_of_day(step_s);
  return {start, end <= start ? (end == start ? start + step_s : end + seconds_of_day) : end};
}

/// Windows that do not overlap around the clock; some touch, some cross midnight.
std::vector<DailyWindow> apart(std::int32_t step_s) {
  std::vector<std::int32_t> times;
  const int count = 2 * *rc::gen::inRange(1, 5);
  times.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) times.push_back(time_of_day(step_s));
  std::ranges::sort(times);
  times.erase(std::unique(times.begin(), times.end()), times.end());
  if (times.size() % 2 != 0) times.pop_back();
  if (times.empty()) return {{0, seconds_of_day}};
  if (*rc::gen::inRange(0, 3) == 0) {
    times.push_back(times.front() + seconds_of_day);
    times.erase(times.begin());
  }
  std::vector<DailyWindow> windows;
  for (std::size_t i = 0; i < times.size(); i += 2) windows.push_back({times[i], times[i + 1]});
  for (std::size_t i = 0; i + 1 < windows.size(); ++i) {
    if (*rc::gen::inRange(0, 3) == 0) windows[i].end_s = windows[i + 1].start_s;
  }
  return windows;
}

std::vector<DailyWindow> as_they_come(std::int32_t step_s) {
  std::vector<DailyWindow> windows;
  const int count = *rc::gen::inRange(1, 5);
  windows.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) windows.push_back(any_window(step_s));
  std::ranges::sort(windows, {}, [](const DailyWindow& w) { return std::pair(w.start_s, w.end_s); });
  return windows;
}

Schedule any_days(const std::string& zone) {
  Schedule schedule;
  schedule.zone = zone;
  schedule.type =
      *rc::gen::element(ScheduleType::every_day, ScheduleType::every_week, ScheduleType::every_month);
  if (schedule.type == ScheduleType::every_week) schedule.days = 2 * *rc::gen::inRange<std::uint32_t>(1, 128);
  if (schedule.type == ScheduleType::every_month) {
    const int count = *rc::gen::inRange(1, 12);
    for (int i = 0; i < count; ++i) schedule.days |= 1U << *rc::gen::inRange(0U, 32U);
  }
  return schedule;
}

}  // namespace

rc::Gen<Schedule> repeating_schedules(std::string zone, std::int32_t step_s) {
  return rc::gen::exec([zone = std::move(zone), step_s] {
    Schedule schedule = any_days(zone);
    schedule.windows = as_they_come(step_s);
    if (!settle_overlaps(schedule, OverlapRule::reject)) schedule.windows = apart(step_s);
    return schedule;
  });
}

rc::Gen<Schedule> unsettled_schedules(std::string zone, std::int32_t step_s) {
  return rc::gen::exec([zone = std::move(zone), step_s] {
    Schedule schedule = any_days(zone);
    schedule.windows = as_they_come(step_s);
    return schedule;
  });
}

std::vector<Window> enumerate(const Calendar& calendar, Instant from, Instant to) {
  std::vector<Window> windows;
  for (auto window = calendar.next(from); window && window->opens < to;
       window = calendar.next(window->opens + Duration(1))) {
    windows.push_back(*window);
  }
  return windows;
}

}  // namespace testing
}  // namespace camfleet
