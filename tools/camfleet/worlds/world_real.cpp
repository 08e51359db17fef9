#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/media/source_url.hpp"
#include "runtime/plant/source_facts.hpp"
#include "tools/camfleet/cli/signals.hpp"
#include "tools/camfleet/worlds/local_cluster.hpp"
#include "tools/camfleet/worlds/real_run.hpp"
#include "tools/camfleet/worlds/run_check.hpp"
#include "tools/camfleet/worlds/run_clock.hpp"
#include "tools/camfleet/worlds/stage.hpp"

namespace camfleet::cli {
namespace {

/// In which the processes of a run have come again after a fault, of real time.
constexpr Duration coming_again = seconds(30);

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

/// When what is due is done again, whatever befell the processes.
void set_healed(Stage& stage, const sim::Scenario& scenario, timing::Speed speed) {
  if (stage.process_faults().empty()) return;
  Instant healed = scenario.from;
  for (const auto* faults : {&stage.process_faults(), &stage.faults()})
    healed = std::max(healed, healed_from(*faults, {}, scenario.from).value_or(healed));
  stage.set_healed(healed + coming_again / timing::Speed::real_time * *speed.millionths);
}

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
  std::optional<RunClock> clock;
  std::optional<RealRun> run;
  std::unique_ptr<LocalCluster> cluster;
  if (options.nodes > 0) {
    clock.emplace(scenario.from, options.speed);
    set_healed(stage, scenario, options.speed);
    CAMFLEET_TRY(cluster,
                 LocalCluster::make({.threads = std::max(1U, stage.threads() / options.nodes),
                                     .arguments = options.node_arguments,
                                     .faults = stage.process_faults()},
                                    {.roster = &stage.roster(),
                                     .problems = &report.problems,
                                     .clock = &*clock,
                                     .found = [&run](const cluster::Found& found) { run->take(found); }}));
  }
  run.emplace(RealRun::Parts{.scenario = &scenario,
                             .options = &options,
                             .stage = &stage,
                             .report = &report,
                             .clock = clock ? &*clock : nullptr,
                             .cluster = cluster.get()});
  CAMFLEET_CHECK(run->gather(signals));
  auto went = run->run(signals, progress);
  if (report.stopped_by.empty()) progress(stage.finished());
  sim::RunFacts facts;
  facts.world = "real";
  facts.is_repeatable = false;
  facts.events = run->totals().messages;
  facts.virtual_time = run->totals().ended_at - scenario.from;
  if (options.nodes > 0) {
    // Nodes do not tell what decoding and analyses took, nor how long samples waited for them.
    facts.nodes = run->nodes();
    facts.answers_dropped = run->totals().answers_dropped;
  } else {
    facts.core = report.work;
    // At most speed time waits for the work.
    if (!options.speed.is_max()) facts.delays = run->delays();
  }
  CAMFLEET_CHECK(stage.wind_up(std::move(facts)));
  return went;
}

}  // namespace camfleet::cli
