#include <cstddef>
#include <optional>

#include <cctz/time_zone.h>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "actors/base/text.hpp"
#include "actors/base/time.hpp"
#include "actors/plan/calendar.hpp"
#include "actors/spec/schedule.hpp"
#include "tools/camfleet/cli/field_option.hpp"
#include "tools/camfleet/cli/options.hpp"
#include "tools/camfleet/cli/output.hpp"
#include "tools/camfleet/cli/table.hpp"
#include "tools/camfleet/commands/commands.hpp"

namespace camfleet::cli {
namespace {

/// Windows of one run: more than ten years of the fullest schedule.
constexpr std::size_t max_windows = 1'000'000;

struct CalendarQuery {
  Schedule schedule;
  Instant from{};
  Instant to{};
};

result<CalendarQuery> calendar_query(const Values& values) {
  CalendarQuery query;
  Schedule& schedule = query.schedule;
  CAMFLEET_TRY(schedule.type, for_option("ScheduleType", "--type", parse_schedule_type(values.text("type"))));
  const bool is_cycle =
      schedule.type == ScheduleType::every_week || schedule.type == ScheduleType::every_month;
  if (is_cycle) {
    if (!values.has("dates")) {
      return fail(Errc::missing_field, "--dates",
                  fmt::format("absent; {} needs it, write --dates 1,4,6", to_text(schedule.type)));
    }
    CAMFLEET_TRY(schedule.days, for_option("ScheduleCycleDate", "--dates",
                                           parse_cycle_dates(values.text("dates"), schedule.type)));
  }
  if (values.has("times")) {
    CAMFLEET_TRY(schedule.windows,
                 for_option("ScheduleTimes", "--times", parse_schedule_times(values.text("times"))));
  } else if (schedule.type != ScheduleType::once) {
    return fail(
        Errc::missing_field, "--times",
        fmt::format(
            R"(absent; {} needs it, write --times '[{{"StartTime":"10:00:00","EndTime":"11:00:00"}}]')",
            to_text(schedule.type)));
  }
  CAMFLEET_CHECK(for_option("ScheduleTimes", "--times", settle_overlaps(schedule, OverlapRule::reject)));
  schedule.zone = values.text("zone");
  CAMFLEET_TRY(query.from, values.instant("from"));
  CAMFLEET_TRY(query.to, values.instant("to"));
  if (query.to < query.from) {
    return fail(
        Errc::invalid_field, "--to",
        fmt::format("{} lies before --from {}; write a later instant", to_iso(query.to), to_iso(query.from)));
  }
  return query;
}

/// Prints windows as JSON lines or as a table, whichever was asked for.
class Printer {
 public:
  Printer(Output& out, bool as_json, const std::string& zone)
      : out_(&out),
        as_json_(as_json),
        table_(
            {{"opens (" + zone + ")"}, {"closes"}, {"opens (UTC)"}, {"closes"}, {"seconds", Align::right}}) {
    cctz::load_time_zone(zone, &zone_);
  }

  void print(const Window& window) {
    if (as_json_) {
      print_json(window);
    } else {
      add_row(window);
    }
    ++count_;
  }

  void finish(const CalendarQuery& query) {
    if (as_json_) return;
    flush();
    out_->write(fmt::format("{} window{} from {} to {}; zone files {}\n", count_, count_ == 1 ? "" : "s",
                            to_iso(query.from), to_iso(query.to), tzdata_version()));
  }

  void flush() {
    if (table_.held() == 0) return;
    std::string text;
    table_.flush(text);
    out_->write(text);
  }

  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  void print_json(const Window& window) {
    std::string line = R"({"opens":")";
    append_iso(line, window.opens);
    if (window.closes == end_of_time) {
      line += "\",\"closes\":null}\n";
    } else {
      line += R"(","closes":")";
      append_iso(line, window.closes);
      line += "\"}\n";
    }
    out_->write(line);
  }

  void add_row(const Window& window) {
    constexpr std::size_t rows_at_once = 10'000;
    if (window.closes == end_of_time) {
      table_.add({local(window.opens), "never", to_iso(window.opens), "never", ""});
    } else {
      table_.add({local(window.opens), local(window.closes), to_iso(window.opens), to_iso(window.closes),
                  to_seconds(window.closes - window.opens)});
    }
    if (table_.held() == rows_at_once) flush();
  }

  [[nodiscard]] std::string local(Instant at) const {
    const auto second = std::chrono::floor<seconds>(at);
    return cctz::format("%a %Y-%m-%d %H:%M:%S %Ez",
                        cctz::time_point<cctz::seconds>(second.time_since_epoch()), zone_);
  }

  Output* out_;
  bool as_json_;
  Table table_;
  cctz::time_zone zone_;
  std::size_t count_ = 0;
};

result<ExitCode> list_windows(const Values& values, Output& out) {
  CAMFLEET_TRY(const CalendarQuery query, calendar_query(values));
  CAMFLEET_TRY(const Calendar calendar,
               for_option("Zone", "--zone", Calendar::make(query.schedule, query.from)));
  Printer printer(out, values.flag("json"), query.schedule.zone);
  if (query.schedule.type == ScheduleType::once) {
    const auto open = calendar.at(query.from);
    if (open && open->opens < query.from) printer.print(*open);
  }
  Instant from = query.from;
  for (auto window = calendar.next(from); window && window->opens < query.to; window = calendar.next(from)) {
    if (printer.count() == max_windows) {
      printer.flush();
      return fail(Errc::limit, "--to",
                  fmt::format("more than {} windows open before {}; choose a shorter span", max_windows,
                              to_iso(query.to)));
    }
    printer.print(*window);
    if (out.is_over()) return ExitCode::fine;
    from = window->opens + Duration(1);
  }
  printer.finish(query);
  return ExitCode::fine;
}

}  // namespace

Command calendar_command() {
  return {
      .name = "calendar",
      .summary = "list the windows that a schedule opens",
      .about =
          "Lists every window that opens in [FROM, TO), whole, in order. Daylight saving is applied with "
          "this "
          "machine's zone files. A ONCE schedule counts as created at FROM: a window that is open then comes "
          "first. "
          "At most 1,000,000 windows are listed; more are an error after the last of them.",
      .options = {{.name = "type",
                   .argument = "TYPE",
                   .help = "EVERYDAY, ONCE, EVERY_WEEK or EVERY_MONTH",
                   .required = true},
                  {.name = "dates",
                   .argument = "LIST",
                   .help =
                       "the days, like 1,4,6: weekdays 1 (Monday) to 7 for EVERY_WEEK, days of the month for "
                       "EVERY_MONTH; ignored otherwise"},
                  {.name = "times",
                   .argument = "JSON",
                   .help = "the windows of a day, like "
                           "[{\"StartTime\":\"10:00:00\",\"EndTime\":\"11:00:00\"}]; an end before "
                           "its start crosses midnight; required but for ONCE, which starts at FROM without"},
                  {.name = "zone",
                   .argument = "ZONE",
                   .help = "IANA name of the time zone",
                   .default_value = Schedule().zone},
                  {.name = "from",
                   .argument = "ISO",
                   .help = "the first instant, like 2026-03-01T10:00:00+08:00",
                   .required = true},
                  {.name = "to", .argument = "ISO", .help = "the end, not included", .required = true},
                  {.name = "json",
                   .help = "one JSON object a line: {\"opens\":ISO,\"closes\":ISO or null}, in UTC"}},
      .examples = {{R"(camfleet calendar --type EVERYDAY \
      --times '[{"StartTime":"10:00:00","EndTime":"11:00:00"}]' \
      --from 2026-03-01T00:00:00+08:00 --to 2026-03-04T00:00:00+08:00)",
                    "three mornings in Shanghai, in local time and in UTC"},
                   {R"(camfleet calendar --type EVERY_WEEK --dates 6,7 --zone Europe/Berlin \
      --times '[{"StartTime":"22:00:00","EndTime":"06:00:00"}]' \
      --from 2026-03-20T00:00:00Z --to 2026-04-01T00:00:00Z --json)",
                    "weekend nights over a change to summer time, for a program"}},
      .run = list_windows,
  };
}

}  // namespace camfleet::cli
