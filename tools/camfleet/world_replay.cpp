#include "runtime/plant/work_pool.hpp"
#include "simulator/kernel.hpp"
#include "simulator/replay_plant.hpp"
#include "tools/camfleet/stage.hpp"

namespace camfleet::cli {
namespace {

constexpr std::uint64_t events_between_progress = 8;

result<DeviceKind> kind_of(const media::SourceUrl& url) {
  if (url.scheme == "file") return DeviceKind::recorded;
  if (url.scheme == "pictures") return DeviceKind::pictures;
  return fail(Errc::unsupported, "", url.text + " cannot be replayed; replay reads file:// and pictures://");
}

}  // namespace

result<void> run_replay(const sim::Scenario& scenario, const RunOptions& options, const RunProgress& progress,
                        RunReport& report) {
  Stage stage(scenario, options, report);
  CAMFLEET_CHECK(stage.set_up(kind_of));
  sim::EventQueue queue(scenario.from);
  plant::WorkPool pool(stage.threads());
  sim::ReplayPlant plant({&stage.roster(), &queue, &stage.book(), &stage.sources(), &pool, &stage.engines(),
                          &stage.findings(), &report.problems},
                         {});
  const sim::KernelSettings settings{scenario.seed, scenario.until(), {stage.threads(), 64}, {}};
  sim::Kernel<sim::ReplayPlant> kernel(stage.roster(), queue, plant, settings);
  for (std::uint32_t i = 0; i < stage.roster().instance_count(); ++i) kernel.add_instance(InstanceIx{i});
  while (kernel.step()) {
    if (queue.taken() % events_between_progress == 0)
      progress(stage.thousandths(queue.now()), stage.slices_ended());
  }
  progress(1000, stage.slices_ended());
  sim::RunFacts facts;
  facts.world = "replay";
  facts.events = queue.taken();
  facts.virtual_time = queue.now() - scenario.from;
  return stage.wind_up(std::move(facts));
}

}  // namespace camfleet::cli
