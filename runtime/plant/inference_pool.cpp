#include "runtime/plant/inference_pool.hpp"

#include <cassert>
#include <utility>

namespace camfleet::plant {

result<std::unique_ptr<InferencePool>> InferencePool::start(std::vector<const vision::Algorithm*> algorithms,
                                                            vision::ModelPath models, unsigned threads) {
  assert(threads >= 1);
  std::unique_ptr<InferencePool> pool(new InferencePool(std::move(algorithms), std::move(models)));
  pool->first_engines_.resize(pool->algorithms_.size());
  for (std::size_t i = 0; i < pool->algorithms_.size(); ++i) {
    if (pool->algorithms_[i] == nullptr) continue;
    CAMFLEET_TRY(pool->first_engines_[i], vision::make_engine(*pool->algorithms_[i], pool->models_));
  }
  for (unsigned i = 0; i < threads; ++i) {
    pool->threads_.emplace_back([raw = pool.get()] { raw->work(Engines(raw->algorithms_.size())); });
  }
  return pool;
}

InferencePool::InferencePool(std::vector<const vision::Algorithm*> algorithms, vision::ModelPath models)
    : algorithms_(std::move(algorithms)), models_(std::move(models)) {}

InferencePool::~InferencePool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void InferencePool::submit(AnalysisJob job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

std::unique_ptr<vision::EngineState> InferencePool::new_state(AlgorithmIx algorithm) const {
  return first_engines_[algorithm.value]->new_state();
}

void InferencePool::work(Engines engines) {
  while (true) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    AnalysisJob job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    Analysis analysis = analyse(engines, job);
    job.frame = {};
    job.done(std::move(analysis));
  }
}

Analysis InferencePool::analyse(Engines& engines, AnalysisJob& job) const {
  Analysis analysis;
  auto& engine = engines[job.algorithm.value];
  if (!engine) {
    auto loaded = vision::make_engine(*algorithms_[job.algorithm.value], models_);
    if (!loaded.has_value()) {
      analysis.error = loaded.error();
      return analysis;
    }
    engine = std::move(loaded).value();
  }
  const media::Frame& frame = *job.frame;
  const auto outcome =
      engine->analyse({frame.bgr.data(), frame.width, frame.height, frame.stride}, job.state, analysis.boxes);
  if (!outcome.has_value()) analysis.error = outcome.error();
  return analysis;
}

}  // namespace camfleet::plant
