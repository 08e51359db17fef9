#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/base/ids.hpp"
#include "runtime/media/frame.hpp"
#include "runtime/vision/catalogue.hpp"

namespace camfleet::plant {

/// What the analysis of one frame gave.
struct Analysis {
  std::vector<vision::Box> boxes;
  std::optional<Error> error;
};

/// The engines of the algorithms that are used, for each thread of a pool its own: engines are not
/// thread-safe.
class EngineSet {
 public:
  /// Makes one engine of an algorithm. Errors: model.
  using Make = std::function<result<std::unique_ptr<vision::Engine>>(const vision::Algorithm&)>;

  /// `algorithms` by AlgorithmIx; null where an algorithm is not used. Every used one is loaded once here, so
  /// that a missing or broken model is known before anything runs; further threads load theirs when they need
  /// it. Errors: model.
  static result<std::unique_ptr<EngineSet>> load(std::vector<const vision::Algorithm*> algorithms, Make make,
                                                 unsigned threads);

  /// A fresh memory for one slice; null when the algorithm keeps none.
  [[nodiscard]] std::unique_ptr<vision::EngineState> new_state(AlgorithmIx algorithm) const;

  /// Analyses a frame with the engines of `thread`, on that thread. `state` is used by one call at a time.
  Analysis analyse(unsigned thread, AlgorithmIx algorithm, const media::Frame& frame,
                   vision::EngineState* state);

 private:
  EngineSet(std::vector<const vision::Algorithm*> algorithms, Make make, unsigned threads);

  std::vector<const vision::Algorithm*> algorithms_;
  Make make_;
  std::vector<std::unique_ptr<vision::Engine>> first_;  ///< loaded by load(); they make the states
  std::vector<std::vector<std::unique_ptr<vision::Engine>>> by_thread_;
};

}  // namespace camfleet::plant
