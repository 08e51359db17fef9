#include <atomic>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <mutex>

#include <fmt/core.h>

#include "runtime/media/source_url.hpp"
#include "runtime/plant/source_facts.hpp"
#include "runtime/world/real_world.hpp"
#include "tools/camfleet/cli/command.hpp"
#include "tools/camfleet/cli/signals.hpp"
#include "tools/camfleet/worlds/stage.hpp"

namespace camfleet::cli {
namespace {

/// After a signal: what has not ended by then is written as cancelled.
constexpr Duration patience = milliseconds(3500);

/// Asks the servers of those devices whose URLs leave open what they are. Errors: ended: a signal came.
result<void> ask_servers(const sim::Scenario& scenario, const media::SourceRegistry& registry,
                         SignalWatch& signals, plant::SourceFacts& facts, plant::ProblemLog& problems) {
  std::vector<std::string> sources;
  sources.reserve(scenario.devices.size());
  for (const sim::ScenarioDevice& device : scenario.devices) sources.push_back(device.source);
  if (!facts.ask(sources, registry, [&] { return signals.wait(milliseconds(0)) != 0; }))
    return fail(Errc::ended, "servers of http URLs", "were asked what they are when a signal came");
  for (const Error& error : facts.surprises()) problems.add(error);
  return success();
}

result<void> refuse_live_sources(const Stage& stage, timing::Speed speed) {
  if (speed.is_real_time()) return success();
  const Roster& roster = stage.roster();
  for (std::uint32_t i = 0; i < roster.device_count(); ++i) {
    const DeviceEntry& device = roster[DeviceIx{i}];
    if (device.kind != DeviceKind::live) continue;
    CAMFLEET_TRY(const media::SourceUrl url, media::parse_source_url(device.source));
    CAMFLEET_TRY(const media::SourceTraits traits, stage.sources().traits_of(url));
    if (speed.is_max() && traits.clock == media::StreamClock::run)
      return fail(Errc::bad_usage, "--speed",
                  "device " + device.id +
                      " films by the run's time, which max does not keep; give a number, like 10");
    if (traits.films_really())
      return fail(Errc::bad_usage, "--speed",
                  "device " + device.id + " is live and films in real time; leave --speed out");
  }
  return success();
}

/// One run.
class Run {
 public:
  Run(const sim::Scenario& scenario, const RunOptions& options, Stage& stage, RunReport& report)
      : stage_(&stage), report_(&report), world_(settings_of(scenario, options, stage), parts(), hooks()) {}

  /// Until every slice is accounted for, or a signal ends it.
  void run(SignalWatch& signals, const RunProgress& progress) {
    world_.start();
    std::optional<std::chrono::steady_clock::time_point> give_up;
    while (!idle_) {
      const int signal = signals.wait(milliseconds(give_up ? 20 : 100));
      if (signal != 0 && give_up) std::_Exit(static_cast<int>(ExitCode::failed));
      if (signal != 0) {
        report_->stopped_by = signal == SIGINT ? "SIGINT" : "SIGTERM";
        world_.stop_instances();
        give_up = std::chrono::steady_clock::now() + patience;
      }
      if (give_up && std::chrono::steady_clock::now() > *give_up) break;
      stage_->scoring().drain();
      progress(stage_->state(world_.now(), world_.speed()));
    }
    world_.shut_down();
    report_->work = world_.work();
    note_lost_frames();
    world_.write_off(report_->stopped_by.empty() ? Reason::node_lost : Reason::cancelled);
  }

  [[nodiscard]] const world::RealWorld& world() const { return world_; }

 private:
  static world::RealWorld::Settings settings_of(const sim::Scenario& scenario, const RunOptions& options,
                                                const Stage& stage) {
    return {.start = scenario.from,
            .speed = options.speed,
            .threads = stage.threads(),
            .seed = scenario.seed,
            .until = scenario.until()};
  }
  [[nodiscard]] world::RealWorld::Parts parts() const {
    return {&stage_->roster(), &stage_->sources(), &stage_->engines(), &stage_->book(), &report_->problems};
  }
  world::RealWorld::Hooks hooks() {
    world::RealWorld::Hooks hooks;
    hooks.idle = [this] { idle_ = true; };
    hooks.plant.found = [this](const Sample& sample, const media::Frame& frame,
                               const std::vector<vision::Box>& boxes) {
      const std::lock_guard lock(findings_mutex_);
      stage_->findings().add(sample, frame, boxes);
    };
    return hooks;
  }

  /// A frame in the message whose handler failed may belong to nobody; what a stop left under way does not
  /// count.
  void note_lost_frames() {
    const std::uint32_t held = world_.plant().frames().in_use();
    if (!world_.has_failed() || !report_->stopped_by.empty() || held == 0) return;
    report_->problems.add({Errc::broken_invariant, "frames",
                           fmt::format("{} were not given back after a handler had failed", held)});
  }

  Stage* stage_;
  RunReport* report_;
  std::atomic<bool> idle_ = false;
  std::mutex findings_mutex_;
  world::RealWorld world_;
};

}  // namespace

result<void> run_real(const sim::Scenario& scenario, const RunOptions& options, const RunProgress& progress,
                      RunReport& report) {
  SignalWatch signals;
  RunOptions stoppable = options;
  stoppable.filming = [&](std::size_t made, std::size_t all) {
    return signals.wait(milliseconds(0)) == 0 && (!options.filming || options.filming(made, all));
  };
  Stage stage(scenario, stoppable, report);
  plant::SourceFacts said;
  CAMFLEET_CHECK(ask_servers(scenario, stage.sources(), signals, said, report.problems));
  const auto kind_of = [&](const media::SourceUrl& url,
                           const media::SourceRegistry& sources) -> result<DeviceKind> {
    CAMFLEET_CHECK(sources.traits_of(url));
    return said.kind_of(url, sources);
  };
  CAMFLEET_CHECK(stage.set_up(kind_of));
  CAMFLEET_CHECK(refuse_live_sources(stage, options.speed));
  stage.scoring().keep_for_later();
  Run run(scenario, options, stage, report);
  run.run(signals, progress);
  if (report.stopped_by.empty()) progress(stage.finished());
  sim::RunFacts facts;
  facts.world = "real";
  facts.is_repeatable = false;
  facts.events = run.world().messages();
  facts.virtual_time = run.world().ended_at() - scenario.from;
  facts.core = report.work;
  // At most speed time waits for the work.
  if (!options.speed.is_max()) facts.delays = run.world().plant().delays();
  return stage.wind_up(std::move(facts));
}

}  // namespace camfleet::cli
