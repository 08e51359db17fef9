#include "actors/plan/calendar.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "actors/base/text.hpp"

namespace camfleet {
namespace {

using cctz::civil_day;
using cctz::civil_second;

Instant to_instant(const cctz::time_point<cctz::seconds>& at) {
  return Instant(at.time_since_epoch());
}

cctz::time_point<cctz::seconds> to_cctz(Instant at) {
  return cctz::time_point<cctz::seconds>(std::chrono::floor<seconds>(at).time_since_epoch());
}

bool is_zone_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || name.front() == '/' || name.find("..") != std::string_view::npos ||
      name.find("//") != std::string_view::npos)
    return false;
  if (name == "localtime") return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
}

/// Where cctz looks for zone files.
std::filesystem::path zone_folder() {
  const char* folder = std::getenv("TZDIR");
  return folder == nullptr || *folder == '\0' ? "/usr/share/zoneinfo" : folder;
}

bool has_file(const std::string& zone) {
  std::error_code code;
  return std::filesystem::is_regular_file(zone_folder() / zone, code);
}

/// cctz keeps every name that it is asked for, also those that are none: it is asked for files alone.
result<cctz::time_zone> load_zone(const std::string& name) {
  cctz::time_zone zone;
  const bool may_be = is_zone_name(name) && (name == "UTC" || has_file(name));
  if (may_be && cctz::load_time_zone(name, &zone)) return zone;
  const bool has_none = std::ranges::none_of(std::array{"UTC", "Etc/UTC", "Asia/Shanghai"}, has_file);
  if (has_none)
    return fail(Errc::not_found, "Zone",
                quote(name) + " cannot be looked up: there is no time zone data (tzdata) in " +
                    zone_folder().string() + "; install the package tzdata");
  return fail(Errc::invalid_field, "Zone",
              quote(name) + " is not a time zone of this machine; write an IANA name like Asia/Shanghai");
}

}  // namespace

result<void> check_zone(const std::string& zone) {
  CAMFLEET_CHECK(load_zone(zone));
  return success();
}

result<Calendar> Calendar::make(Schedule schedule, Instant created) {
  CAMFLEET_TRY(const cctz::time_zone zone, load_zone(schedule.zone));
  Calendar calendar(std::move(schedule), zone);
  if (calendar.schedule_.type == ScheduleType::once) calendar.fix_once(created);
  return calendar;
}

void Calendar::fix_once(Instant created) {
  once_ = std::make_unique<std::vector<Window>>();
  if (schedule_.windows.empty()) {
    once_->push_back({created, end_of_time, 0});
    return;
  }
  const civil_day today = local_day(created);
  // A window of the day before yesterday can still be open after a skipped local day, and one of the next
  // days may be emptied by a gap.
  for (std::size_t listed = 0; listed < schedule_.windows.size(); ++listed) {
    for (civil_day day = today - 2; day <= today + 3; ++day) {
      const auto window = occurrence(day, listed);
      if (!window || window->closes <= created) continue;
      once_->push_back(*window);
      break;
    }
  }
  std::ranges::sort(*once_, {}, &Window::opens);
}

std::optional<Window> Calendar::next(Instant from) const {
  if (schedule_.type != ScheduleType::once) return next_repeating(from);
  const auto found = std::ranges::lower_bound(*once_, from, {}, &Window::opens);
  return found == once_->end() ? std::nullopt : std::optional(*found);
}

std::optional<Window> Calendar::at(Instant at) const {
  if (schedule_.type != ScheduleType::once) return open_repeating(at);
  const auto found =
      std::ranges::find_if(*once_, [&](const Window& w) { return w.opens <= at && at < w.closes; });
  return found == once_->end() ? std::nullopt : std::optional(*found);
}

bool Calendar::is_listed(const civil_day& day) const {
  switch (schedule_.type) {
    case ScheduleType::every_day:
    case ScheduleType::once:
      return true;
    case ScheduleType::every_week:
      return ((schedule_.days >> (static_cast<unsigned>(cctz::get_weekday(day)) + 1U)) & 1U) != 0;
    case ScheduleType::every_month:
      return ((schedule_.days >> static_cast<unsigned>(day.day())) & 1U) != 0;
  }
  return false;
}

civil_day Calendar::local_day(Instant at) const {
  return civil_day(cctz::convert(to_cctz(at), zone_));
}

Instant Calendar::start_of(const civil_day& day, std::size_t listed) const {
  const auto local = zone_.lookup(civil_second(day) + schedule_.windows[listed].start_s);
  return to_instant(local.kind == cctz::time_zone::civil_lookup::SKIPPED ? local.trans : local.pre);
}

std::optional<Window> Calendar::occurrence(const civil_day& day, std::size_t listed) const {
  std::int32_t end_s = schedule_.windows[listed].end_s;
  // In a union a window goes on as long as the one that still ran when it opened, the last of the day before.
  const std::int32_t earlier_end_s = schedule_.windows.back().end_s - day_s;
  if (earlier_end_s > end_s && is_listed(day - 1)) end_s = earlier_end_s;
  const auto end = zone_.lookup(civil_second(day) + end_s);
  Window window{start_of(day, listed), {}, static_cast<std::uint32_t>(listed)};
  switch (end.kind) {
    case cctz::time_zone::civil_lookup::SKIPPED:
      window.closes = to_instant(end.trans);
      break;
    case cctz::time_zone::civil_lookup::REPEATED:
      window.closes = to_instant(end.post);
      break;
    default:
      window.closes = to_instant(end.pre);
  }
  if (listed + 1 < schedule_.windows.size()) {
    window.closes = std::min(window.closes, start_of(day, listed + 1));
  } else if (is_listed(day + 1)) {
    window.closes = std::min(window.closes, start_of(day + 1, 0));
  } else if (is_listed(day + 2)) {
    window.closes = std::min(window.closes, start_of(day + 2, 0));
  }
  if (window.closes <= window.opens) return std::nullopt;
  return window;
}

std::optional<Window> Calendar::next_repeating(Instant from) const {
  // Nothing opens between two whole seconds.
  const Instant second = std::chrono::ceil<seconds>(from);
  const auto local = zone_.lookup(to_cctz(second));
  civil_day day(local.cs);
  std::int64_t second_of_day = local.cs - civil_second(day);
  // At the very end of a gap the windows that start in it open, also those of the day before.
  if (zone_.lookup(to_cctz(second - seconds(1))).offset != local.offset) {
    day -= 1;
    second_of_day = 0;
  }
  // A fold repeats local times: a start later on the clock may lie before `from`, never one that is earlier
  // on it.
  auto first = std::ranges::lower_bound(schedule_.windows, second_of_day, {}, &DailyWindow::start_s);
  // 31st to 31st is 62 days at most; 29 February comes after at most eight years.
  constexpr int longest_gap_days = 366 * 8 + 3;
  for (int passed = 0; passed < longest_gap_days; ++passed, ++day, first = schedule_.windows.begin()) {
    if (!is_listed(day)) continue;
    for (auto at = first; at != schedule_.windows.end(); ++at) {
      const auto window = occurrence(day, static_cast<std::size_t>(at - schedule_.windows.begin()));
      if (window && window->opens >= from) return window;
    }
  }
  return std::nullopt;
}

std::optional<Window> Calendar::open_repeating(Instant at) const {
  const civil_day today = local_day(at);
  // Windows follow each other and do not overlap: only the last that has opened can still be open.
  for (civil_day day = today + 1; day >= today - 2; --day) {
    if (!is_listed(day)) continue;
    for (std::size_t listed = schedule_.windows.size(); listed-- > 0;) {
      if (at < start_of(day, listed)) continue;
      const auto window = occurrence(day, listed);
      if (window) return at < window->closes ? window : std::nullopt;
    }
  }
  return std::nullopt;
}

std::string tzdata_version() {
  std::ifstream file("/usr/share/zoneinfo/tzdata.zi");
  std::string hash;
  std::string word;
  std::string version;
  if (file >> hash >> word >> version && hash == "#" && word == "version") return version;
  return "unknown";
}

}  // namespace camfleet
