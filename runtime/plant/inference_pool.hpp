#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "actors/error.hpp"
#include "actors/ids.hpp"
#include "runtime/media/frame.hpp"
#include "runtime/vision/catalogue.hpp"

namespace camfleet::plant {

/// What the analysis of one frame gave.
struct Analysis {
  std::vector<vision::Box> boxes;
  std::optional<Error> error;
};

/// One frame for one algorithm. `done` is called once, on a thread of the pool.
struct AnalysisJob {
  AlgorithmIx algorithm;
  media::FrameRef frame;
  vision::EngineState* state = nullptr;  ///< of the slice; used by one job at a time
  std::function<void(Analysis&&)> done;
};

/// Threads that run the algorithms, each with engines of its own, jobs in the order in which they come. The
/// caller bounds the jobs: each holds a frame of the pool of frames.
class InferencePool {
 public:
  /// `algorithms` by AlgorithmIx; null where an algorithm is not used. Every used one is loaded once here, so
  /// that a missing or broken model is known before anything runs. Errors: model.
  static result<std::unique_ptr<InferencePool>> start(std::vector<const vision::Algorithm*> algorithms,
                                                      vision::ModelPath models, unsigned threads);
  /// Finishes the jobs that were given, then joins the threads.
  ~InferencePool();
  InferencePool(const InferencePool&) = delete;
  InferencePool& operator=(const InferencePool&) = delete;

  void submit(AnalysisJob job);

  /// A fresh memory for one slice; null when the algorithm keeps none. Call it from one thread.
  [[nodiscard]] std::unique_ptr<vision::EngineState> new_state(AlgorithmIx algorithm) const;
  [[nodiscard]] unsigned threads() const { return static_cast<unsigned>(threads_.size()); }

 private:
  using Engines = std::vector<std::unique_ptr<vision::Engine>>;

  InferencePool(std::vector<const vision::Algorithm*> algorithms, vision::ModelPath models);
  void work(Engines engines);
  Analysis analyse(Engines& engines, AnalysisJob& job) const;

  std::vector<const vision::Algorithm*> algorithms_;
  vision::ModelPath models_;
  Engines first_engines_;  ///< loaded by start; they make the states
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<AnalysisJob> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace camfleet::plant
