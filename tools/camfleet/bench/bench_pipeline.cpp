#include "tools/camfleet/bench/bench.hpp"
#include "tools/camfleet/worlds/world.hpp"

namespace camfleet::cli {
namespace {

constexpr const char* piped_clip = "file:///usr/share/doc/opencv-doc/examples/data/vtest.avi";
constexpr int piped_cameras = 8;

sim::Scenario piped_scenario() {
  sim::Scenario scenario;
  scenario.name = "bench pipeline";
  scenario.from = Instant();
  scenario.span = seconds(60);
  InstanceSpec spec;
  spec.name = "bench";
  spec.schedule.type = ScheduleType::every_day;
  spec.schedule.zone = "UTC";
  spec.schedule.windows = {{0, 60}};
  spec.algorithms = {{"1", "faces"}};
  for (int i = 0; i < piped_cameras; ++i) {
    const std::string id = "cam-" + std::to_string(i);
    scenario.devices.push_back({id, "", piped_clip});
    spec.devices.emplace_back();
    spec.devices.back().id = id;
  }
  scenario.instances.push_back(std::move(spec));
  return scenario;
}

result<void> run_on(unsigned threads, RunReport& report) {
  RunOptions options;
  options.threads = threads;
  options.speed.millionths.reset();
  return run_real(
      piped_scenario(), options, [](const RunState&) {}, report);
}

}  // namespace

result<Figures> bench_pipeline() {
  RunReport one;
  RunReport two;
  CAMFLEET_CHECK(run_on(1, one));
  CAMFLEET_CHECK(run_on(2, two));
  const double cpu = two.summary["cpu_s"].get<double>();
  const double work = static_cast<double>(two.work.count()) / 1e9;
  const double wall_one = one.summary["wall_s"].get<double>();
  const double wall_two = two.summary["wall_s"].get<double>();
  return Figures{{"samples", two.summary["samples"]["analysed"].get<double>(), "", 0, true},
                 {"CPU in decoding and inference", work, "s", 0, true},
                 {"share of all CPU", work / cpu, "", 0.95, false},
                 {"wall time on one core", wall_one, "s", 0, true},
                 {"wall time on two cores", wall_two, "s", 0, true},
                 {"two cores against one", wall_one / wall_two, "×", 1.8, false}};
}

}  // namespace camfleet::cli
