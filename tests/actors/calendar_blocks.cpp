#include "tests/actors/calendar_blocks.hpp"

#include <algorithm>
#include <fstream>
#include <set>

#include <nlohmann/json.hpp>

#include "actors/base/text.hpp"
#include "actors/plan/calendar.hpp"

namespace camfleet::testing {
namespace {

using nlohmann::json;

/// The line without its comment and the blanks around it.
std::string_view bare(std::string_view line) {
  line = line.substr(0, line.find('#'));
  const auto first = line.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(' ') - first + 1);
}

/// "10:00:00-11:00:00 …" as the API's list; JSON as it stands.
json times_json(const std::string& text) {
  if (text.starts_with('[')) return text;
  json list = json::array();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string window = text.substr(at, end - at);
    const std::size_t dash = std::min(window.find('-'), window.size() - 1);
    if (!window.empty()) {
      list.push_back({{"StartTime", window.substr(0, dash)}, {"EndTime", window.substr(dash + 1)}});
    }
    at = end + 1;
  }
  return list;
}

/// The first minute of the window at which at() does not answer it; empty when it always does.
std::string disagreement(const Calendar& calendar, const Window& window) {
  const Instant last = std::min(window.closes - Duration(1), window.opens + hours(72));
  for (Instant at = window.opens;; at = std::min<Instant>(at + minutes(1), last)) {
    if (calendar.at(at) != window) return "at " + to_iso(at) + " another window or none is open";
    if (at == last) return {};
  }
}

result<std::vector<std::string>> windows_of(const std::map<std::string, std::string>& keys) {
  const auto value = [&](const char* key) {
    const auto found = keys.find(key);
    return found == keys.end() ? std::string() : found->second;
  };
  Schedule schedule;
  CAMFLEET_TRY(schedule.type, parse_schedule_type(value("ScheduleType")));
  if (schedule.type == ScheduleType::every_week || schedule.type == ScheduleType::every_month) {
    CAMFLEET_TRY(schedule.days, parse_cycle_dates(value("ScheduleCycleDate"), schedule.type));
  }
  if (keys.contains("Zone")) schedule.zone = value("Zone");
  if (keys.contains("ScheduleTimes")) {
    CAMFLEET_TRY(schedule.windows, parse_schedule_times(times_json(value("ScheduleTimes"))));
  }
  CAMFLEET_CHECK(
      settle_overlaps(schedule, value("overlap") == "merge" ? OverlapRule::merge : OverlapRule::reject));
  CAMFLEET_TRY(const Instant from, parse_iso(value("from")));
  CAMFLEET_TRY(const Instant to, parse_iso(value("to")));
  Instant created = from;
  if (keys.contains("created")) {
    CAMFLEET_TRY(created, parse_iso(value("created")));
  }
  CAMFLEET_TRY(const Calendar calendar, Calendar::make(schedule, created));
  std::vector<std::string> lines;
  for (auto window = calendar.next(from); window && window->opens < to;
       window = calendar.next(window->opens + Duration(1))) {
    lines.push_back(to_iso(window->opens) + " " +
                    (window->closes == end_of_time ? std::string("never") : to_iso(window->closes)));
    const std::string wrong = disagreement(calendar, *window);
    if (!wrong.empty()) lines.push_back(wrong);
  }
  if (lines.empty()) lines.emplace_back("none");
  return lines;
}

}  // namespace

result<std::vector<CalendarBlock>> read_blocks(const std::filesystem::path& file) {
  static const std::set<std::string, std::less<>> known{
      "ScheduleType", "ScheduleCycleDate", "ScheduleTimes", "Zone", "overlap", "created", "from", "to"};
  std::ifstream in(file);
  if (!in) return fail(Errc::unreadable, file.string(), "cannot be read");
  std::vector<CalendarBlock> blocks;
  bool in_windows = false;
  std::string raw;
  for (int number = 1; std::getline(in, raw); ++number) {
    const std::string where = file.filename().string() + ":" + std::to_string(number);
    const std::string_view line = raw.starts_with("== ") ? std::string_view(raw) : bare(raw);
    if (line.empty()) continue;
    if (line.starts_with("== ")) {
      blocks.push_back({file.filename().string(), number, std::string(line.substr(3)), {}, {}});
      in_windows = false;
    } else if (blocks.empty()) {
      return fail(Errc::invalid_field, where, "before the first title; a block starts with '== title'");
    } else if (line == "---") {
      in_windows = true;
    } else if (in_windows) {
      blocks.back().expected.emplace_back(line);
    } else {
      const std::size_t colon = std::min(line.find(": "), line.size());
      const std::string key(line.substr(0, colon));
      if (!known.contains(key) || colon + 2 > line.size()) {
        return fail(Errc::invalid_field, where, quote(line) + " is not 'key: value' with a known key");
      }
      if (!blocks.back().keys.emplace(key, line.substr(colon + 2)).second) {
        return fail(Errc::invalid_field, where, quote(key) + " is given twice");
      }
    }
  }
  for (const CalendarBlock& block : blocks) {
    if (block.expected.empty()) {
      return fail(Errc::invalid_field, block.file + ":" + std::to_string(block.line),
                  "expects nothing; write windows, 'none' or 'error: …' after ---");
    }
  }
  return blocks;
}

std::vector<std::string> run_block(const CalendarBlock& block) {
  auto lines = windows_of(block.keys);
  if (!lines) return {"error: " + lines.error().line()};
  return std::move(lines).value();
}

std::string diff(const std::vector<std::string>& expected, const std::vector<std::string>& got) {
  // Both are sorted by time as a rule: a line that the other side has later on is taken as missing here.
  std::string out;
  std::size_t e = 0;
  std::size_t g = 0;
  const auto put = [&](const char* mark, const std::string& line) { out += mark + line + "\n"; };
  while (e < expected.size() || g < got.size()) {
    if (e < expected.size() && g < got.size() && expected[e] == got[g]) {
      put("  ", expected[e++]);
      ++g;
    } else if (e < expected.size() &&
               std::find(got.begin() + static_cast<std::ptrdiff_t>(g), got.end(), expected[e]) == got.end()) {
      put("- ", expected[e++]);
    } else {
      put("+ ", got[g++]);
    }
  }
  return out;
}

}  // namespace camfleet::testing
