#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "actors/base/error.hpp"

namespace camfleet {

enum class ScheduleType : std::uint8_t { every_day, once, every_week, every_month };

/// The spelling of the cloud API: "EVERYDAY", "ONCE", "EVERY_WEEK", "EVERY_MONTH".
std::string_view to_text(ScheduleType type);
result<ScheduleType> parse_schedule_type(std::string_view text);

/// One entry of ScheduleTimes in seconds of local wall time since the midnight of the day on which it opens.
struct DailyWindow {
  std::int32_t start_s = 0;  ///< 0 to 86,399
  std::int32_t end_s = 0;    ///< above start_s, below 172,800; beyond 86,400 when it crosses midnight
  friend bool operator==(const DailyWindow&, const DailyWindow&) = default;
};

/// When an instance may analyse, as written: no date, no zone rule applied yet.
struct Schedule {
  ScheduleType type = ScheduleType::every_day;
  std::uint32_t days = 0;  ///< every_week: bit 1 (Monday) to 7; every_month: bit 0 to 31 (0 never fires)
  std::vector<DailyWindow>
      windows;  ///< sorted by start, not overlapping; empty only for a `once` that starts at once
  std::string zone = "Asia/Shanghai";  ///< IANA name
};

/// What overlapping windows mean: an error (CreateComputeInstance) or their union (CreateAIInstance).
enum class OverlapRule { reject, merge };

/// Limits of one schedule.
inline constexpr std::size_t max_daily_windows = 288;

/// ScheduleTimes: a list of {StartTime, EndTime}, or that list as JSON text. Times are "HH:mm:ss"; "24:00:00"
/// is an end; an end before its start crosses midnight; equal times are an error. The result is sorted.
result<std::vector<DailyWindow>> parse_schedule_times(const nlohmann::json& value);

/// ScheduleCycleDate: "1,4,6" (a list of numbers is fine too) as bits: weekdays 1–7 (1 = Monday) or month
/// days 0–31.
result<std::uint32_t> parse_cycle_dates(const nlohmann::json& value, ScheduleType type);

/// Applies the overlap rule around the clock and across the listed days; for months two listed days count as
/// neighbours whenever they are in some month. Merging joins the windows of one day, and around the clock
/// where every day is listed; where only some days are, a later day's window cuts the earlier one and goes on
/// to its end (Calendar).
result<void> settle_overlaps(Schedule& schedule, OverlapRule rule);

}  // namespace camfleet
