#include "runtime/plant/footage.hpp"
#include "runtime/plant/work_pool.hpp"
#include "simulator/replay_plant.hpp"
#include "tools/camfleet/worlds/kernel_run.hpp"

namespace camfleet::cli {
namespace {

constexpr std::uint64_t replayed_between_progress = 8;

result<DeviceKind> replayed_kind_of(const media::SourceUrl& url, const media::SourceRegistry& sources) {
  const auto traits = sources.traits_of(url);
  const bool is_repeatable =
      traits.has_value() && (traits.value().is_here || traits.value().clock == media::StreamClock::run);
  if (is_repeatable) return plant::kind_of(traits.value());
  return fail(Errc::unsupported, "",
              url.text + " cannot be replayed; replay reads file://, pictures:// and synthetic://");
}

}  // namespace

result<void> run_replay(const sim::Scenario& scenario, const RunOptions& options, const RunProgress& progress,
                        RunReport& report) {
  Stage stage(scenario, options, report);
  CAMFLEET_CHECK(stage.set_up(replayed_kind_of));
  sim::EventQueue queue(scenario.from);
  plant::WorkPool pool(stage.threads());
  sim::ReplayFilms films({&stage.roster(), &queue, &stage.library(), &stage.cameras(), &stage.faults()});
  sim::ReplayPlant plant({&stage.roster(), &queue, &stage.book(), &stage.sources(), &pool, &stage.engines(),
                          &stage.findings(), &report.problems, &films},
                         {});
  const sim::KernelSettings settings{.seed = scenario.seed,
                                     .until = scenario.until(),
                                     .analyzer = {.workers = stage.threads(), .queue_limit = 64},
                                     .device = {}};
  sim::Kernel<sim::ReplayPlant> kernel(stage.roster(), queue, plant, settings);
  sim::RunFacts facts = run_kernel(kernel, queue, stage, progress, replayed_between_progress);
  facts.world = "replay";
  facts.core = pool.busy() + plant.decoding();
  return stage.wind_up(std::move(facts));
}

}  // namespace camfleet::cli
