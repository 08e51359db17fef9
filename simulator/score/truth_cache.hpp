#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "simulator/camera/camera_spec.hpp"
#include "simulator/scene/scene.hpp"

namespace camfleet::score {

/// Where the truth comes from: the scenes', unless a test has its own.
struct Truth {
  std::function<std::vector<scene::Seen>(scene::Scene, std::uint32_t variant, Duration at, FrameSize)> seen =
      scene::truth;
  std::function<std::vector<scene::Stay>(scene::Scene, std::uint32_t variant, FrameSize)> stays =
      scene::stays;
};

class TruthCache;

/// The truth of one loop at the frames of a camera that shows it.
class LoopTruth {
 public:
  LoopTruth(TruthCache& cache, const camera::CameraSpec& camera);

  /// What is in the frame of this number in the loop; good until the next call.
  const std::vector<scene::Seen>& at(std::uint32_t loop_frame);
  /// By id and time; it stays where it is.
  const std::vector<scene::Stay>& stays();

 private:
  TruthCache* cache_;
  camera::CameraSpec camera_;
  std::vector<std::optional<std::vector<scene::Seen>>> frames_;
  std::optional<std::vector<scene::Stay>> stays_;  ///< once they were asked for
};

/// Remembers the truth: cameras that show the same loop share it, and it is the same every minute.
class TruthCache {
 public:
  /// Objects that are remembered, of all frames: at most 60 MB. What is beyond is computed each time.
  static constexpr std::size_t max_objects = 2'000'000;

  explicit TruthCache(Truth truth) : truth_(std::move(truth)) {}
  TruthCache(const TruthCache&) = delete;
  TruthCache& operator=(const TruthCache&) = delete;

  /// The loop that a camera shows; it stays where it is.
  LoopTruth& of(const camera::CameraSpec& camera);

 private:
  friend class LoopTruth;
  struct Key {
    scene::Scene scene;
    std::uint32_t variant;
    int width;
    int height;
    std::uint32_t fps;
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  Truth truth_;
  std::map<Key, LoopTruth> loops_;
  std::size_t objects_ = 0;
  std::vector<scene::Seen> unkept_;
};

}  // namespace camfleet::score
