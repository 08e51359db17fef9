#include "actors/spec/schedule.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "actors/base/json_text.hpp"
#include "actors/base/text.hpp"

namespace camfleet {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<ScheduleType, std::string_view>, 4> type_names{{
    {ScheduleType::every_day, "EVERYDAY"},
    {ScheduleType::once, "ONCE"},
    {ScheduleType::every_week, "EVERY_WEEK"},
    {ScheduleType::every_month, "EVERY_MONTH"},
}};

/// "HH:mm:ss" up to 24:00:00 as seconds of the day.
std::optional<std::int32_t> parse_time_of_day(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  for (const std::size_t at : {0, 1, 3, 4, 6, 7}) {
    if (text[at] < '0' || text[at] > '9') return std::nullopt;
  }
  const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const std::int32_t second = two(0) * 3600 + two(3) * 60 + two(6);
  if (two(3) > 59 || two(6) > 59 || second > day_s) return std::nullopt;
  return second;
}

std::string time_of_day(std::int32_t second) {
  std::string out;
  append_int(out, second / 3600, 2);
  out += ':';
  append_int(out, second / 60 % 60, 2);
  out += ':';
  append_int(out, second % 60, 2);
  return out;
}

std::string window_text(const DailyWindow& window) {
  const std::int32_t end = window.end_s > day_s ? window.end_s - day_s : window.end_s;
  return time_of_day(window.start_s) + "-" + time_of_day(end);
}

result<std::int32_t> time_field(const json& entry, const std::string& where, const char* name) {
  const auto found = entry.find(name);
  if (found == entry.end())
    return fail(Errc::missing_field, where + "." + name, "absent; give a time of day like 10:00:00");
  const auto second =
      found->is_string() ? parse_time_of_day(found->get_ref<const std::string&>()) : std::nullopt;
  if (!second) {
    return fail(Errc::invalid_field, where + "." + name,
                shown(*found) + " is not a time of day; write HH:mm:ss, at most 24:00:00");
  }
  return *second;
}

result<DailyWindow> parse_daily_window(const json& entry, const std::string& where) {
  if (!entry.is_object()) {
    return fail(Errc::invalid_field, where,
                shown(entry) + R"( is not a window; write {"StartTime":"10:00:00","EndTime":"11:00:00"})");
  }
  for (const auto& [name, value] : entry.items()) {
    if (name == "StartTime" || name == "EndTime") continue;
    return fail(Errc::invalid_field, where + "." + name_text(name),
                "unknown; a window has StartTime and EndTime");
  }
  CAMFLEET_TRY(auto start, time_field(entry, where, "StartTime"));
  CAMFLEET_TRY(auto end, time_field(entry, where, "EndTime"));
  if (start == day_s)
    return fail(Errc::invalid_field, where + ".StartTime", "24:00:00 is only an end; write 00:00:00");
  if (start == end) {
    return fail(
        Errc::invalid_field, where,
        "StartTime and EndTime are both " + time_of_day(start) + "; a whole day is 00:00:00 to 24:00:00");
  }
  return DailyWindow{start, end < start ? end + day_s : end};
}

/// True when some day that the schedule lists is followed by another that it lists.
bool has_neighbour_days(const Schedule& schedule) {
  const auto listed = [&](int day) { return ((schedule.days >> static_cast<unsigned>(day)) & 1U) != 0; };
  switch (schedule.type) {
    case ScheduleType::every_day:
    case ScheduleType::once:
      return true;
    case ScheduleType::every_week:
      for (int day = 1; day <= 7; ++day) {
        if (listed(day) && listed(day % 7 + 1)) return true;
      }
      return false;
    case ScheduleType::every_month:
      for (int day = 1; day <= 30; ++day) {
        if (listed(day) && listed(day + 1)) return true;
      }
      // The last day of a month is its 28th, 29th, 30th or 31st.
      return listed(1) && (listed(28) || listed(29) || listed(30) || listed(31));
  }
  return true;
}

/// A text as it stands, anything else as JSON.
std::string plain_text(const json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, json::error_handler_t::replace);
}

void merge_windows(Schedule& schedule) {
  std::vector<DailyWindow> merged;
  for (const DailyWindow& window : schedule.windows) {
    if (!merged.empty() && window.start_s < merged.back().end_s) {
      merged.back().end_s = std::max(merged.back().end_s, window.end_s);
    } else {
      merged.push_back(window);
    }
  }
  const bool every_day = schedule.type == ScheduleType::every_day || schedule.type == ScheduleType::once;
  // The last window may run over midnight into the first ones: it then swallows them.
  while (every_day && merged.size() > 1 && merged.back().end_s - day_s > merged.front().start_s) {
    merged.back().end_s = std::max(merged.back().end_s, merged.front().end_s + day_s);
    merged.erase(merged.begin());
  }
  if (every_day && merged.back().end_s - merged.back().start_s >= day_s) merged = {DailyWindow{0, day_s}};
  schedule.windows = std::move(merged);
}

}  // namespace

std::string_view to_text(ScheduleType type) {
  for (const auto& [known, name] : type_names) {
    if (known == type) return name;
  }
  return "";
}

result<ScheduleType> parse_schedule_type(std::string_view text) {
  for (const auto& [type, name] : type_names) {
    if (name == text) return type;
  }
  return fail(Errc::invalid_field, "ScheduleType",
              quote(text) + " is not one of EVERYDAY, ONCE, EVERY_WEEK, EVERY_MONTH");
}

result<std::vector<DailyWindow>> parse_schedule_times(const json& value) {
  const std::string field = "ScheduleTimes";
  if (value.is_string()) {
    CAMFLEET_TRY(auto parsed, parse_json(value.get_ref<const std::string&>(), field));
    if (parsed.is_string())
      return fail(Errc::invalid_field, field, shown(parsed) + " is not a list of windows");
    return parse_schedule_times(parsed);
  }
  if (!value.is_array() || value.empty()) {
    return fail(
        Errc::invalid_field, field,
        shown(value) + R"( is not a list of windows; write [{"StartTime":"10:00:00","EndTime":"11:00:00"}])");
  }
  if (value.size() > max_daily_windows) {
    return fail(Errc::limit, field,
                std::to_string(value.size()) + " windows; at most " + std::to_string(max_daily_windows));
  }
  std::vector<DailyWindow> windows;
  for (std::size_t i = 0; i < value.size(); ++i) {
    CAMFLEET_TRY(auto window, parse_daily_window(value[i], field + "[" + std::to_string(i) + "]"));
    windows.push_back(window);
  }
  std::ranges::sort(windows, {}, [](const DailyWindow& w) { return std::pair(w.start_s, w.end_s); });
  return windows;
}

result<std::uint32_t> parse_cycle_dates(const json& value, ScheduleType type) {
  const int first = type == ScheduleType::every_week ? 1 : 0;
  const int last = type == ScheduleType::every_week ? 7 : 31;
  const std::string right = type == ScheduleType::every_week
                                ? "write weekdays 1 (Monday) to 7 (Sunday) like 1,4,6"
                                : "write days of the month 1 to 31 like 1,15,31";
  const std::string field = "ScheduleCycleDate";
  std::vector<std::string> parts;
  if (value.is_array()) {
    for (const json& entry : value) parts.push_back(plain_text(entry));
  } else {
    const std::string text = plain_text(value);
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t comma = std::min(text.find(',', at), text.size());
      parts.push_back(text.substr(at, comma - at));
      at = comma + 1;
    }
  }
  std::uint32_t days = 0;
  for (std::string& part : parts) {
    std::erase(part, ' ');
    const auto day = parse_int<int>(part);
    if (!day || *day < first || *day > last)
      return fail(Errc::invalid_field, field, quote(part) + " is not a day; " + right);
    days |= 1U << static_cast<unsigned>(*day);
  }
  if (days == 0) return fail(Errc::invalid_field, field, "no day is listed; " + right);
  return days;
}

result<void> settle_overlaps(Schedule& schedule, OverlapRule rule) {
  const auto& windows = schedule.windows;
  if (windows.empty()) return success();
  if (rule == OverlapRule::merge) {
    merge_windows(schedule);
    return success();
  }
  const auto overlap = [](const DailyWindow& a, const DailyWindow& b, const char* why) {
    return fail(Errc::invalid_field, "ScheduleTimes",
                window_text(a) + " and " + window_text(b) + " overlap" + why + "; touching is fine");
  };
  for (std::size_t i = 1; i < windows.size(); ++i) {
    if (windows[i].start_s < windows[i - 1].end_s) return overlap(windows[i - 1], windows[i], "");
  }
  if (has_neighbour_days(schedule) && windows.back().end_s - day_s > windows.front().start_s) {
    return overlap(windows.back(), windows.front(), " on the next day");
  }
  return success();
}

}  // namespace camfleet
