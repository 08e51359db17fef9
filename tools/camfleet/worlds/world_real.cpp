#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <optional>
#include <vector>

#include <fmt/core.h>

#include "runtime/media/source_url.hpp"
#include "runtime/plant/source_facts.hpp"
#include "runtime/world/real_world.hpp"
#include "simulator/node_loads.hpp"
#include "tools/camfleet/cli/command.hpp"
#include "tools/camfleet/cli/signals.hpp"
#include "tools/camfleet/worlds/local_cluster.hpp"
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
  /// `cluster`: its nodes, or null.
  Run(const sim::Scenario& scenario, const RunOptions& options, Stage& stage, RunReport& report,
      LocalCluster* cluster)
      : stage_(&stage),
        report_(&report),
        cluster_(cluster),
        loads_(stage.roster(), sim::StreamFormats(&stage.cameras()), Costs{}),
        world_(settings_of(scenario, options, stage), parts(), hooks()) {}

  /// Has its nodes come. Errors: see LocalCluster.
  result<void> gather(SignalWatch& signals) {
    if (cluster_ == nullptr) return success();
    return cluster_->start(
        {.deliver = [this](ActorId to, const Message& message) { world_.executor().deliver(to, message); },
         .now = [this] { return world_.now(); },
         .speed = world_.speed(),
         .trouble = [this](const auto& trouble) { take(trouble); }},
        [&] { return signals.wait(Duration(0)) != 0; });
  }

  /// Until every slice is accounted for, or a signal ends it.
  void run(SignalWatch& signals, const RunProgress& progress) {
    const Stopwatch watch;
    if (cluster_ == nullptr) {
      world_.start();
    } else {
      begin_cluster();
    }
    std::optional<std::chrono::steady_clock::time_point> give_up;
    while (!idle_) {
      const int signal = signals.wait(milliseconds(give_up ? 20 : 100));
      if (signal != 0 && give_up) {
        if (cluster_ != nullptr) cluster_->abandon();
        std::_Exit(static_cast<int>(ExitCode::failed));
      }
      if (signal != 0) {
        report_->stopped_by = signal == SIGINT ? "SIGINT" : "SIGTERM";
        // It takes a moment of real time until all have heard of it.
        const timing::Speed speed = world_.speed();
        const Duration moment =
            speed.is_max() ? seconds(1) : Duration(seconds(1)) * *speed.millionths / timing::Speed::real_time;
        stage_->set_stopped(world_.now(), std::max(Duration(seconds(1)), moment));
        world_.stop_instances();
        give_up = std::chrono::steady_clock::now() + patience;
      }
      if (give_up && std::chrono::steady_clock::now() > *give_up) break;
      stage_->scoring().drain();
      if (cluster_ != nullptr) cluster_->look();
      progress(stage_->state(world_.now(), world_.speed()));
    }
    lasted_ = watch.wall();
    if (cluster_ != nullptr) processes_ = cluster_->stop();
    world_.shut_down();
    report_->work = world_.work();
    note_lost_frames();
    world_.write_off(report_->stopped_by.empty() ? Reason::node_lost : Reason::cancelled);
  }

  /// Devices are placed when all nodes are there, not on the first that comes.
  void begin_cluster() {
    world_.start_empty();
    cluster_->begin();
    for (std::uint32_t i = 0; i < stage_->roster().instance_count(); ++i)
      world_.executor().add(AddInstance{InstanceIx{i}});
  }

  void take(const cluster::Found& found) {
    const std::lock_guard lock(findings_mutex_);
    stage_->findings().add(found.sample, found.frame, found.boxes);
  }

  void take(const cluster::NodeReports::Trouble& trouble) {
    if (trouble.device)
      world_.plant().note_trouble(trouble.error, *trouble.device, trouble.reason, trouble.ends_stream,
                                  trouble.at);
    else
      report_->problems.add(within(stage_->roster()[trouble.node].id, trouble.error));
  }

  [[nodiscard]] const world::RealWorld& world() const { return world_; }
  /// What each of its nodes had to do; none where it has no nodes.
  [[nodiscard]] std::vector<sim::NodeUse> nodes() {
    const std::lock_guard lock(loads_mutex_);
    std::vector<sim::NodeUse> nodes = loads_.of_nodes(lasted_);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      nodes[i].core_time = i < processes_.size() ? std::optional(processes_[i].cpu) : std::nullopt;
      // What formats cost is the virtual world's to say.
      nodes[i].peak = std::nullopt;
    }
    return nodes;
  }
  [[nodiscard]] std::uint64_t answers_dropped() const { return answers_dropped_; }

 private:
  world::RealWorld::Settings settings_of(const sim::Scenario& scenario, const RunOptions& options,
                                         const Stage& stage) const {
    return {.start = scenario.from,
            .speed = options.speed,
            .threads = stage.threads(),
            .seed = scenario.seed,
            .until = scenario.until(),
            .role = cluster_ == nullptr ? shells::Role::whole : shells::Role::scheduler,
            .border = cluster_ == nullptr ? nullptr : &cluster_->border()};
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
    if (cluster_ == nullptr) return hooks;
    hooks.plant.instance_ended = [this](InstanceIx instance) { cluster_->instance_ended(instance); };
    hooks.plant.runs = [this](const SliceKey& key, Place place) {
      const std::lock_guard lock(loads_mutex_);
      loads_.begin(key, place, world_.now());
    };
    hooks.plant.left = [this](const SliceKey& key, Place place, const SampleCount& samples) {
      const std::lock_guard lock(loads_mutex_);
      loads_.end(key, place, samples, world_.now());
      if (place != home_place) cluster_->slice_left(key, place);
    };
    hooks.plant.answer_dropped = [this](Place) { ++answers_dropped_; };
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
  LocalCluster* cluster_;
  std::vector<LocalCluster::Ended> processes_;
  Duration lasted_{0};  ///< of real time
  std::mutex loads_mutex_;
  sim::NodeLoads loads_;
  std::atomic<std::uint64_t> answers_dropped_ = 0;
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
  std::optional<Run> run;
  std::unique_ptr<LocalCluster> cluster;
  if (options.nodes > 0) {
    CAMFLEET_CHECK(stage.roster().use_placement());
    CAMFLEET_TRY(cluster,
                 LocalCluster::make({.nodes = options.nodes,
                                     .threads = std::max(1U, stage.threads() / options.nodes),
                                     .arguments = options.node_arguments},
                                    {.roster = &stage.roster(),
                                     .problems = &report.problems,
                                     .found = [&run](const cluster::Found& found) { run->take(found); }}));
  }
  run.emplace(scenario, options, stage, report, cluster.get());
  CAMFLEET_CHECK(run->gather(signals));
  run->run(signals, progress);
  if (report.stopped_by.empty()) progress(stage.finished());
  sim::RunFacts facts;
  facts.world = "real";
  facts.is_repeatable = false;
  facts.events = run->world().messages();
  facts.virtual_time = run->world().ended_at() - scenario.from;
  if (options.nodes > 0) {
    // Nodes do not tell what decoding and analyses took, nor how long samples waited for them.
    facts.nodes = run->nodes();
    facts.answers_dropped = run->answers_dropped();
  } else {
    facts.core = report.work;
    // At most speed time waits for the work.
    if (!options.speed.is_max()) facts.delays = run->world().plant().delays();
  }
  return stage.wind_up(std::move(facts));
}

}  // namespace camfleet::cli
