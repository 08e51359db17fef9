#include "simulator/score/truth_cache.hpp"

#include <utility>

#include "simulator/camera/camera_clock.hpp"

namespace camfleet::score {

LoopTruth::LoopTruth(TruthCache& cache, const camera::CameraSpec& camera)
    : cache_(&cache), camera_(camera), frames_(camera::CameraClock(camera).plan().frames()) {}

const std::vector<scene::Stay>& LoopTruth::stays() {
  if (!stays_) stays_ = cache_->truth_.stays(camera_.scene, camera_.variant(), camera_.size);
  return *stays_;
}

const std::vector<scene::Seen>& LoopTruth::at(std::uint32_t loop_frame) {
  auto& frame = frames_[loop_frame];
  if (frame) return *frame;
  const Duration at = camera::CameraClock(camera_).scene_time(loop_frame);
  auto seen = cache_->truth_.seen(camera_.scene, camera_.variant(), at, camera_.size);
  if (cache_->objects_ + seen.size() > TruthCache::max_objects) {
    cache_->unkept_ = std::move(seen);
    return cache_->unkept_;
  }
  cache_->objects_ += seen.size();
  frame = std::move(seen);
  return *frame;
}

LoopTruth& TruthCache::of(const camera::CameraSpec& camera) {
  const Key key{camera.scene, camera.variant(), camera.size.width, camera.size.height, camera.fps};
  const auto found = loops_.find(key);
  if (found != loops_.end()) return found->second;
  return loops_.emplace(key, LoopTruth(*this, camera)).first->second;
}

}  // namespace camfleet::score
