#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "actors/base/error.hpp"
#include "runtime/media/interrupt.hpp"
#include "simulator/camera/camera_clock.hpp"
#include "simulator/camera/encoder.hpp"

namespace camfleet::camera {

/// What two cameras share that differ in their seed's phase alone: the stream of one loop of a scene.
struct LoopKey {
  scene::Scene scene = scene::Scene::street;
  std::uint32_t variant = 0;
  Coding codec = Coding::h264;
  FrameSize size;
  std::uint32_t fps = 25;
  std::uint32_t gop = 50;
  std::uint32_t kbps = 2000;

  static LoopKey of(const CameraSpec& camera);
  /// "street-1-h264-1280x720-25fps-gop50-2000kbps": fit for a file name.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] LoopPlan plan() const { return {fps, gop}; }
  friend bool operator==(const LoopKey&, const LoopKey&) = default;
};

/// One closed group of pictures, the key frame first.
struct Group {
  std::vector<EncodedFrame> frames;
};

/// The groups of one loop, as they become known. Thread-safe.
class Loop {
 public:
  explicit Loop(const LoopKey& key) : key_(key), plan_(key.plan()), groups_(plan_.groups()) {}

  [[nodiscard]] const LoopKey& key() const { return key_; }
  [[nodiscard]] const LoopPlan& plan() const { return plan_; }

  /// The group; null where it is not known yet.
  [[nodiscard]] std::shared_ptr<const Group> find(std::uint32_t group) const;
  /// The same, waited for up to 50 ms; who makes the loop makes this group next.
  [[nodiscard]] std::shared_ptr<const Group> wait_for(std::uint32_t group);
  /// Why the loop cannot be made; none: it can, as far as is known.
  [[nodiscard]] std::optional<Error> failure() const;

  void put(std::uint32_t group, Group frames);
  void fail(const Error& error);
  /// Somebody waits for a group that is not known.
  [[nodiscard]] bool is_wanted() const;
  /// The unit of two groups that is to be made next: the one that was waited for last, else the first that is
  /// not known; none: all are.
  [[nodiscard]] std::optional<std::uint32_t> next_unit();
  [[nodiscard]] bool is_whole() const;
  /// Of all frames that are known.
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  LoopKey key_;
  LoopPlan plan_;
  mutable std::mutex mutex_;
  std::condition_variable more_;
  std::vector<std::shared_ptr<const Group>> groups_;
  std::optional<std::uint32_t> wanted_;
  std::optional<Error> failure_;
};

/// Draws and encodes two groups, from group 2 × `unit` on, with an encoder of their own, so that a loop is
/// the same in whatever order its units were made. Errors: those of the renderer and the encoder.
/// ended: `stop` was set meanwhile.
result<void> make_unit(Loop& loop, std::uint32_t unit, scene::Renderer& renderer,
                       const std::atomic<bool>* stop = nullptr);

/// A group of black pictures, as long as the longest group of the loop. Errors: those of the encoder.
result<std::shared_ptr<const Group>> black_group(const LoopKey& key);

}  // namespace camfleet::camera
