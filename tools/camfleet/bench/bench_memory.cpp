#include "tools/camfleet/bench/bench.hpp"
#include "tools/camfleet/cli/process.hpp"
#include "tools/camfleet/cli/work_meter.hpp"
#include "tools/camfleet/worlds/world.hpp"

namespace camfleet::cli {
namespace {

constexpr const char* looped_clip = "file:///usr/share/doc/opencv-doc/examples/data/vtest.avi?loop=1";

/// `count` devices of which only the first is analysed, 10 s a minute for `minutes` minutes.
sim::Scenario footage_for(int count, int minutes) {
  sim::Scenario scenario;
  scenario.name = "bench memory";
  scenario.from = Instant();
  scenario.span = std::chrono::minutes(minutes);
  const auto instance = [&](const std::string& name, int first, int last, DailyWindow window) {
    InstanceSpec spec;
    spec.name = name;
    spec.schedule.type = ScheduleType::every_day;
    spec.schedule.zone = "UTC";
    spec.schedule.windows = {window};
    spec.polling = Polling{seconds(10), std::chrono::minutes(1)};
    spec.algorithms = {{"3", "motion"}};
    for (int i = first; i < last; ++i) {
      spec.devices.emplace_back();
      spec.devices.back().id = "cam-" + std::to_string(i);
    }
    scenario.instances.push_back(std::move(spec));
  };
  for (int i = 0; i < count; ++i) scenario.devices.push_back({"cam-" + std::to_string(i), "", looped_clip});
  instance("busy", 0, 1, {0, minutes * 60});
  if (count > 1) instance("idle", 1, count, {20 * 3600, 21 * 3600});
  return scenario;
}

/// Most bytes resident during the second half of the run, beside those at its middle.
struct Use {
  double middle = 0;
  double end = 0;
};

result<Use> run_footage(int count, int minutes) {
  RunOptions options;
  options.speed.millionths.reset();
  RunReport report;
  Use use;
  const auto look = [&](const RunState& state) {
    const auto now = static_cast<double>(rss_bytes());
    if (state.done < WorkMeter::whole / 2) {
      use.middle = std::max(use.middle, now);
    } else {
      use.end = std::max(use.end, now);
    }
  };
  CAMFLEET_CHECK(run_real(footage_for(count, minutes), options, look, report));
  return use;
}

}  // namespace

result<Figures> bench_memory() {
  CAMFLEET_TRY(const Use few, run_footage(1, 4));
  CAMFLEET_TRY(const Use hour, run_footage(1, 60));
  CAMFLEET_TRY(const Use many, run_footage(1001, 4));
  const double mega = 1e6;
  return Figures{
      {"one device", few.end / mega, "MB", 0, true},
      {"1,000 idle ones more", (many.end - few.end) / mega, "MB", 50, true},
      {"growth over the second half hour of slices", (hour.end - hour.middle) / mega, "MB", 5, true}};
}

}  // namespace camfleet::cli
