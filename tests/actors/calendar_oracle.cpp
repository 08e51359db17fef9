#include "tests/actors/calendar_oracle.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <optional>

namespace camfleet::testing {
namespace {

constexpr std::int64_t seconds_a_day = 86'400;

/// The C library has one zone for the process.
void use_zone(const std::string& zone) {
  setenv("TZ", zone.c_str(), 1);
  tzset();
}

std::int64_t offset_at(std::int64_t second) {
  const auto at = static_cast<std::time_t>(second);
  std::tm local{};
  localtime_r(&at, &local);
  return local.tm_gmtoff;
}

std::int64_t day_of(std::int64_t local) {
  return local >= 0 ? local / seconds_a_day : (local - seconds_a_day + 1) / seconds_a_day;
}

bool is_listed(const Schedule& schedule, std::int64_t day) {
  const std::chrono::sys_days date{std::chrono::days(day)};
  switch (schedule.type) {
    case ScheduleType::every_week:
      return ((schedule.days >> std::chrono::weekday(date).iso_encoding()) & 1U) != 0;
    case ScheduleType::every_month:
      return ((schedule.days >> static_cast<unsigned>(std::chrono::year_month_day(date).day())) & 1U) != 0;
    default:
      return true;
  }
}

struct Occurrence {
  std::int64_t day;
  std::uint32_t listed;
  friend bool operator==(const Occurrence&, const Occurrence&) = default;
};

/// The open window with the latest start.
std::optional<Occurrence> open_at(const WallClock& clock, std::size_t i, const Schedule& schedule) {
  const std::int64_t high = clock.highest_until(i);
  const std::int64_t low = clock.lowest_from(i);
  const std::int64_t later = i + 1 < clock.size() ? clock.lowest_from(i + 1) : low;
  std::optional<Occurrence> found;
  for (std::int64_t day = day_of(high); day >= day_of(low) - 2; --day) {
    if (!is_listed(schedule, day)) continue;
    for (std::size_t w = schedule.windows.size(); w-- > 0;) {
      const bool has_opened = day * seconds_a_day + schedule.windows[w].start_s <= high;
      const std::int64_t end = day * seconds_a_day + schedule.windows[w].end_s;
      const bool is_over = low >= end && later > end;
      if (has_opened && !is_over) return Occurrence{day, static_cast<std::uint32_t>(w)};
    }
  }
  return found;
}

Instant instant(std::int64_t second) {
  return Instant(seconds(second));
}

}  // namespace

std::vector<std::int64_t> WallClock::transitions(const std::string& zone, std::int64_t from,
                                                 std::int64_t to) {
  use_zone(zone);
  std::vector<std::int64_t> found;
  std::int64_t before = offset_at(from);
  for (std::int64_t hour = from; hour < to; hour += 3600) {
    if (offset_at(hour + 3600) == before) continue;
    for (std::int64_t at = hour; at < hour + 3600; at += 60) {
      if (offset_at(at + 60) != before) found.push_back(at + 60);
      before = offset_at(at + 60);
    }
  }
  return found;
}

WallClock::WallClock(const std::string& zone, std::int64_t from, std::int64_t to, std::int64_t step)
    : from_(from), step_(step) {
  use_zone(zone);
  highest_.reserve(static_cast<std::size_t>((to - from) / step));
  std::int64_t offset = 0;
  for (std::int64_t at = from; at < to; at += step) {
    // Offsets change on whole minutes.
    if (at == from || at % 60 == 0) offset = offset_at(at);
    highest_.push_back(at + offset);
  }
  lowest_ = highest_;
  for (std::size_t i = 1; i < highest_.size(); ++i) highest_[i] = std::max(highest_[i], highest_[i - 1]);
  for (std::size_t i = lowest_.size(); i-- > 1;) lowest_[i - 1] = std::min(lowest_[i - 1], lowest_[i]);
}

std::vector<Window> walk(const WallClock& clock, const Schedule& schedule) {
  std::vector<Window> windows;
  std::optional<Occurrence> open = open_at(clock, 0, schedule);
  bool from_the_edge = open.has_value();
  for (std::size_t i = 1; i < clock.size(); ++i) {
    const auto now = open_at(clock, i, schedule);
    if (now == open) continue;
    const Instant at = instant(clock.second(i));
    if (open && !from_the_edge) windows.back().closes = at;
    if (now) windows.push_back({at, Instant::max(), now->listed});
    open = now;
    from_the_edge = false;
  }
  if (open && !from_the_edge) windows.pop_back();
  return windows;
}

bool any_open(const WallClock& clock, std::size_t i, const Schedule& schedule) {
  return open_at(clock, i, schedule).has_value();
}

}  // namespace camfleet::testing
