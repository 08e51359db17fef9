#include <algorithm>
#include <functional>
#include <queue>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "actors/base/text.hpp"
#include "actors/plan/rounds.hpp"
#include "actors/spec/schedule.hpp"
#include "actors/spec/spec.hpp"
#include "tools/camfleet/cli/options.hpp"
#include "tools/camfleet/cli/output.hpp"
#include "tools/camfleet/cli/table.hpp"
#include "tools/camfleet/commands/commands.hpp"

namespace camfleet::cli {
namespace {

struct RoundsQuery {
  std::uint32_t devices = 0;
  Polling polling;
  DailyWindow window;
};

/// "10:00:00-11:00:00".
result<DailyWindow> read_window(const std::string& text) {
  constexpr std::size_t time_length = 8;
  if (text.size() != 2 * time_length + 1 || text[time_length] != '-') {
    return fail(Errc::invalid_field, "--window",
                quote(text) + " is not a window; write HH:mm:ss-HH:mm:ss like 10:00:00-11:00:00");
  }
  const nlohmann::json fields{{"StartTime", text.substr(0, time_length)},
                              {"EndTime", text.substr(time_length + 1)}};
  auto windows = parse_schedule_times(nlohmann::json::array({fields}));
  if (!windows.has_value()) return fail(windows.error().code, "--window", windows.error().what);
  return windows.value().front();
}

result<RoundsQuery> rounds_query(const Values& values) {
  CAMFLEET_TRY(const auto devices, values.whole("devices", 1, max_devices));
  CAMFLEET_TRY(const auto slice_s, values.whole("slice", 1, max_polling_minutes * 60));
  CAMFLEET_TRY(const auto every_min, values.whole("every", 1, max_polling_minutes));
  if (slice_s > every_min * 60) {
    return fail(Errc::invalid_field, "--slice",
                fmt::format("{} s is longer than the round of {} min; write at most {}", slice_s, every_min,
                            every_min * 60));
  }
  CAMFLEET_TRY(const auto window, read_window(values.text("window")));
  return RoundsQuery{static_cast<std::uint32_t>(devices), {seconds(slice_s), minutes(every_min)}, window};
}

/// The most slices that run at one instant; slices come in order of `begins`.
class PeakCounter {
 public:
  void add(const PlannedSlice& slice) {
    while (!ends_.empty() && ends_.top() <= slice.begins) ends_.pop();
    ends_.push(slice.ends);
    peak_ = std::max(peak_, ends_.size());
  }
  [[nodiscard]] std::size_t peak() const { return peak_; }

 private:
  std::priority_queue<Instant, std::vector<Instant>, std::greater<>> ends_;
  std::size_t peak_ = 0;
};

std::string time_of_day(std::int64_t second) {
  const std::int64_t of_day = second % 86'400;
  return fmt::format("{:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60);
}

void print_json(RoundCursor& cursor, Output& out) {
  for (; cursor.peek() && !out.is_over(); cursor.advance()) {
    const PlannedSlice& slice = *cursor.peek();
    out.write(fmt::format("{{\"device\":{},\"begins\":{},\"ends\":{}}}\n", slice.device,
                          slice.begins.time_since_epoch() / seconds(1),
                          slice.ends.time_since_epoch() / seconds(1)));
  }
}

void print_table(RoundCursor& cursor, const RoundsQuery& query, Duration strip, Output& out) {
  constexpr std::size_t rows_at_once = 10'000;
  Table table({{"round", Align::right},
               {"device", Align::right},
               {"begins", Align::right},
               {"ends", Align::right},
               {"from"},
               {"to"},
               {""}});
  PeakCounter counter;
  std::string text;
  for (; cursor.peek() && !out.is_over(); cursor.advance()) {
    const PlannedSlice& slice = *cursor.peek();
    counter.add(slice);
    const std::int64_t begins = slice.begins.time_since_epoch() / seconds(1);
    const std::int64_t ends = slice.ends.time_since_epoch() / seconds(1);
    table.add({std::to_string(slice.round), std::to_string(slice.device), std::to_string(begins),
               std::to_string(ends), time_of_day(query.window.start_s + begins),
               time_of_day(query.window.start_s + ends), slice.cut ? "cut" : ""});
    if (table.held() < rows_at_once) continue;
    table.flush(text);
    out.write(text);
    text.clear();
  }
  table.flush(text);
  const std::int64_t bound = concurrency_bound(query.devices, query.polling.slice, strip);
  out.write(text + fmt::format("peak {}, bound {} concurrent slices\n", counter.peak(), bound));
}

result<ExitCode> list_rounds(const Values& values, Output& out) {
  CAMFLEET_TRY(const RoundsQuery query, rounds_query(values));
  RoundPlan plan;
  plan.window = {Instant(), Instant(seconds(query.window.end_s - query.window.start_s)), 0};
  plan.polling = query.polling;
  plan.devices = query.devices;
  RoundCursor cursor(plan);
  if (values.flag("json")) {
    print_json(cursor, out);
  } else {
    print_table(cursor, query, strip_length(plan.window, query.polling), out);
  }
  return ExitCode::fine;
}

}  // namespace

Command rounds_command() {
  return {
      .name = "rounds",
      .summary = "list which device is analysed when in a polled window",
      .about =
          "A polled instance analyses each of its devices for some seconds in every round of some minutes. "
          "This lists "
          "the slices of one window, staggered so that as few as possible run at once: device i begins i "
          "times SECONDS "
          "after its round, wrapped around the round or the window, whichever is shorter. Offsets are whole "
          "seconds "
          "from the window's opening; a slice is cut at its close.",
      .options =
          {{.name = "devices",
            .argument = "N",
            .help = fmt::format("how many devices, 1 to {}; they are numbered from 0", max_devices),
            .required = true},
           {.name = "slice",
            .argument = "SECONDS",
            .help = "how long a device is analysed in a round, at least 1 and at most the round",
            .required = true},
           {.name = "every",
            .argument = "MINUTES",
            .help = fmt::format("how long a round lasts, 1 to {}", max_polling_minutes),
            .required = true},
           {.name = "window",
            .argument = "FROM-TO",
            .help =
                "times of day, like 10:00:00-11:00:00; an end before its start crosses midnight, 24:00:00 "
                "is an end",
            .required = true},
           {.name = "json",
            .help = "one JSON object a line: {\"device\":i,\"begins\":seconds,\"ends\":seconds}"}},
      .examples = {{"camfleet rounds --devices 7 --slice 240 --every 10 --window 10:00:00-11:00:00",
                    "six rounds of seven devices; at most three run at once"},
                   {"camfleet rounds --devices 1000 --slice 60 --every 60 --json \\\n      --window "
                    "22:00:00-06:00:00",
                    "a night of a thousand devices, for a program"}},
      .run = list_rounds,
  };
}

}  // namespace camfleet::cli
