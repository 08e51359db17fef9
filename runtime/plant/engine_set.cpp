#include "runtime/plant/engine_set.hpp"

#include <cassert>
#include <utility>

namespace camfleet::plant {

EngineSet::EngineSet(std::vector<const vision::Algorithm*> algorithms, Make make, unsigned threads)
    : algorithms_(std::move(algorithms)),
      make_(std::move(make)),
      first_(algorithms_.size()),
      by_thread_(threads) {
  for (auto& engines : by_thread_) engines.resize(algorithms_.size());
}

result<std::unique_ptr<EngineSet>> EngineSet::load(std::vector<const vision::Algorithm*> algorithms,
                                                   Make make, unsigned threads) {
  assert(threads >= 1);
  std::unique_ptr<EngineSet> set(new EngineSet(std::move(algorithms), std::move(make), threads));
  for (std::size_t i = 0; i < set->algorithms_.size(); ++i) {
    if (set->algorithms_[i] == nullptr) continue;
    CAMFLEET_TRY(set->first_[i], set->make_(*set->algorithms_[i]));
  }
  return set;
}

std::unique_ptr<vision::EngineState> EngineSet::new_state(AlgorithmIx algorithm) const {
  return first_[algorithm.value]->new_state();
}

Analysis EngineSet::analyse(unsigned thread, AlgorithmIx algorithm, const media::Frame& frame,
                            vision::EngineState* state) {
  Analysis analysis;
  auto& engine = by_thread_[thread][algorithm.value];
  if (!engine) {
    auto loaded = make_(*algorithms_[algorithm.value]);
    if (!loaded.has_value()) {
      analysis.error = loaded.error();
      return analysis;
    }
    engine = std::move(loaded).value();
  }
  const auto outcome =
      engine->analyse({frame.pixels(), frame.width, frame.height, frame.stride}, state, analysis.boxes);
  if (!outcome.has_value()) analysis.error = outcome.error();
  return analysis;
}

}  // namespace camfleet::plant
