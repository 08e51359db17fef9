#pragma once

#include <cstdint>
#include <vector>

#include "simulator/kernel.hpp"
#include "simulator/summary.hpp"
#include "tools/camfleet/worlds/stage.hpp"

namespace camfleet::cli {

/// Tells the kernel of every instance and runs it to its end, with progress every so many events; what it
/// knows of the run. `instants`, unless null, gets those of all events; the run ends at the first beyond its
/// capacity.
template <class P>
sim::RunFacts run_kernel(sim::Kernel<P>& kernel, const sim::EventQueue& queue, const Stage& stage,
                         const RunProgress& progress, std::uint64_t events_between_progress,
                         std::vector<Instant>* instants = nullptr) {
  const Instant from = queue.now();
  for (std::uint32_t i = 0; i < stage.roster().instance_count(); ++i) kernel.add_instance(InstanceIx{i});
  while (kernel.step()) {
    if (instants != nullptr && (instants->empty() || instants->back() != queue.now())) {
      if (instants->size() == instants->capacity()) break;
      instants->push_back(queue.now());
    }
    if (queue.taken() % events_between_progress == 0) progress(stage.state(queue.now()));
  }
  progress(stage.finished());
  sim::RunFacts facts;
  facts.events = queue.taken();
  facts.virtual_time = queue.now() - from;
  constexpr std::size_t most_waits = 5;
  facts.waits = kernel.waits(most_waits);
  return facts;
}

}  // namespace camfleet::cli
