#include <atomic>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <mutex>

#include <fmt/core.h>

#include "actors/instance.hpp"
#include "runtime/caf/real_executor.hpp"
#include "runtime/media/source_url.hpp"
#include "runtime/plant/footage.hpp"
#include "runtime/plant/real_plant.hpp"
#include "runtime/plant/work_pool.hpp"
#include "tools/camfleet/command.hpp"
#include "tools/camfleet/signals.hpp"
#include "tools/camfleet/stage.hpp"

namespace camfleet::cli {
namespace {

/// Cameras that begin together send their samples together; as many wait as there are frames.
constexpr std::uint32_t samples_waiting = 256;

/// After a signal: what has not ended by then is written as cancelled.
constexpr Duration patience = milliseconds(3500);

result<DeviceKind> kind_of(const media::SourceUrl& url, const media::SourceRegistry& sources) {
  CAMFLEET_TRY(const media::SourceTraits traits, sources.traits_of(url));
  return plant::kind_of(traits);
}

result<void> refuse_live_sources(const Stage& stage, plant::Speed speed) {
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

/// The parts of one run, in the order in which they can be taken down again.
class RealWorld {
 public:
  RealWorld(const sim::Scenario& scenario, const RunOptions& options, Stage& stage, RunReport& report)
      : stage_(&stage),
        report_(&report),
        time_(scenario.from, options.speed, stage.threads()),
        executor_(stage.roster(), time_, settings_of(scenario, stage), hooks(),
                  shells::RealExecutor::threads_for(stage.threads())),
        pool_(std::make_unique<plant::WorkPool>(stage.threads())),
        plant_(parts(), {}),
        port_(plant_) {}
  ~RealWorld() { shut_down(); }
  RealWorld(const RealWorld&) = delete;
  RealWorld& operator=(const RealWorld&) = delete;

  /// Runs until every slice is accounted for, or a signal ends it.
  void run(SignalWatch& signals, const RunProgress& progress) {
    executor_.start(port_);
    std::optional<std::chrono::steady_clock::time_point> give_up;
    while (!idle_) {
      const int signal = signals.wait(milliseconds(give_up ? 20 : 100));
      if (signal != 0 && give_up) std::_Exit(static_cast<int>(ExitCode::failed));
      if (signal != 0) {
        report_->stopped_by = signal == SIGINT ? "SIGINT" : "SIGTERM";
        executor_.stop_instances();
        give_up = std::chrono::steady_clock::now() + patience;
      }
      if (give_up && std::chrono::steady_clock::now() > *give_up) break;
      stage_->scoring().drain();
      progress(stage_->state(time_.now(), time_.speed()));
    }
    ended_at_ = time_.now();
    shut_down();
    note_lost_frames();
    const Roster& roster = stage_->roster();
    const Reason reason = report_->stopped_by.empty() ? Reason::node_lost : Reason::cancelled;
    plant_.end_open_slices([&](const SliceKey& key, Duration planned) {
      return row_without_samples(roster, key, planned, reason, ended_at_, "local");
    });
  }

  [[nodiscard]] Instant ended_at() const { return ended_at_; }
  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  [[nodiscard]] const Delays& delays() const { return plant_.delays(); }

 private:
  static shells::FleetSettings settings_of(const sim::Scenario& scenario, const Stage& stage) {
    shells::FleetSettings settings;
    settings.seed = scenario.seed;
    settings.until = scenario.until();
    settings.analyzer.workers = shells::RealExecutor::analyses_for(stage.threads());
    settings.analyzer.queue_limit = samples_waiting;
    settings.device.recorded_credit = stage.threads();
    return settings;
  }

  shells::ShellHooks hooks() {
    shells::ShellHooks hooks;
    hooks.idle = [this] { idle_ = true; };
    hooks.failed = [this](ActorId /*self*/, const std::string& what) {
      handler_failed_ = true;
      report_->problems.add({Errc::broken_invariant, "actor", "a handler failed and starts over: " + what});
    };
    return hooks;
  }

  plant::RealPlant::Parts parts() {
    return {&stage_->roster(),
            &stage_->sources(),
            &time_,
            pool_.get(),
            &stage_->engines(),
            &stage_->book(),
            [this](const Sample& sample, const media::Frame& frame, const std::vector<vision::Box>& boxes) {
              const std::lock_guard lock(findings_mutex_);
              stage_->findings().add(sample, frame, boxes);
            },
            &report_->problems,
            [this](ActorId to, const Message& message) {
              ++messages_;
              executor_.deliver(to, message);
            }};
  }

  /// A frame in the message whose handler failed may belong to nobody; what a stop left under way does not
  /// count.
  void note_lost_frames() {
    const std::uint32_t held = plant_.frames().in_use();
    if (!handler_failed_ || !report_->stopped_by.empty() || held == 0) return;
    report_->problems.add({Errc::broken_invariant, "frames",
                           fmt::format("{} were not given back after a handler had failed", held)});
  }

  void shut_down() {
    if (!pool_) return;
    executor_.shut_down();
    plant_.shut_down();
    report_->work = pool_->busy();
    pool_.reset();
  }

  Stage* stage_;
  RunReport* report_;
  std::atomic<bool> idle_ = false;
  std::atomic<bool> handler_failed_ = false;
  std::mutex findings_mutex_;
  std::atomic<std::uint64_t> messages_ = 0;
  Instant ended_at_{};
  plant::Timekeeper time_;
  shells::RealExecutor executor_;
  std::unique_ptr<plant::WorkPool> pool_;  ///< ended before the plant that its jobs work for
  plant::RealPlant plant_;
  shells::PlantAdapter<plant::RealPlant> port_;
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
  CAMFLEET_CHECK(stage.set_up(kind_of));
  CAMFLEET_CHECK(refuse_live_sources(stage, options.speed));
  stage.scoring().keep_for_later();
  RealWorld world(scenario, options, stage, report);
  world.run(signals, progress);
  if (report.stopped_by.empty()) progress(stage.finished());
  sim::RunFacts facts;
  facts.world = "real";
  facts.is_repeatable = false;
  facts.events = world.messages();
  facts.virtual_time = world.ended_at() - scenario.from;
  facts.core = report.work;
  // At most speed time waits for the work.
  if (!options.speed.is_max()) facts.delays = world.delays();
  return stage.wind_up(std::move(facts));
}

}  // namespace camfleet::cli
