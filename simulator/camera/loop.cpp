#include "simulator/camera/loop.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

#include "simulator/camera/annex_b.hpp"
#include "simulator/camera/camera_spec.hpp"
#include "simulator/camera/picture.hpp"

namespace camfleet::camera {

LoopKey LoopKey::of(const CameraSpec& camera) {
  return {camera.scene, camera.variant(), camera.codec, camera.size, camera.fps, camera.gop, camera.kbps};
}

std::string LoopKey::text() const {
  std::string text(scene::to_text(scene));
  text.append("-").append(std::to_string(variant)).append("-").append(codec_name(codec)).append("-");
  text.append(std::to_string(size.width)).append("x").append(std::to_string(size.height)).append("-");
  text.append(std::to_string(fps)).append("fps-gop").append(std::to_string(gop)).append("-");
  return text.append(std::to_string(kbps)).append("kbps");
}

std::shared_ptr<const Group> Loop::find(std::uint32_t group) const {
  const std::lock_guard lock(mutex_);
  return groups_.at(group);
}

std::shared_ptr<const Group> Loop::wait_for(std::uint32_t group) {
  std::unique_lock lock(mutex_);
  if (groups_.at(group) == nullptr && !failure_) {
    wanted_ = group;
    more_.wait_for(lock, std::chrono::milliseconds(50),
                   [&] { return groups_[group] != nullptr || failure_.has_value(); });
  }
  return groups_[group];
}

std::optional<Error> Loop::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void Loop::put(std::uint32_t group, Group frames) {
  assert(frames.frames.size() == plan_.first_of(group + 1) - plan_.first_of(group));
  const std::lock_guard lock(mutex_);
  groups_.at(group) = std::make_shared<const Group>(std::move(frames));
  more_.notify_all();
}

void Loop::fail(const Error& error) {
  const std::lock_guard lock(mutex_);
  failure_ = error;
  more_.notify_all();
}

bool Loop::is_wanted() const {
  const std::lock_guard lock(mutex_);
  return wanted_ && groups_[*wanted_] == nullptr;
}

std::optional<std::uint32_t> Loop::next_unit() {
  const std::lock_guard lock(mutex_);
  const auto wanted = std::exchange(wanted_, std::nullopt);
  if (wanted && groups_[*wanted] == nullptr) return *wanted / 2;
  const auto first = std::ranges::find(groups_, nullptr);
  if (first == groups_.end()) return std::nullopt;
  return static_cast<std::uint32_t>(first - groups_.begin()) / 2;
}

std::uint64_t Loop::bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& group : groups_) {
    if (group == nullptr) continue;
    for (const EncodedFrame& frame : group->frames) sum += frame.bytes.size();
  }
  return sum;
}

bool Loop::is_whole() const {
  const std::lock_guard lock(mutex_);
  return std::ranges::find(groups_, nullptr) == groups_.end();
}

result<std::shared_ptr<const Group>> black_group(const LoopKey& key) {
  CAMFLEET_TRY(const auto encoder, Encoder::make({key.codec, key.size, key.fps, key.kbps}));
  Picture picture(key.size);
  picture.blacken();
  auto made = std::make_shared<Group>();
  const LoopPlan plan = key.plan();
  const std::uint32_t longest = plan.frames() / plan.groups() + 1;
  for (std::uint32_t frame = 0; frame < longest; ++frame) {
    CAMFLEET_TRY(EncodedFrame encoded, encoder->encode(picture.planes(), frame == 0));
    encoded.slices_at = slices_of(encoded.bytes, key.codec);
    made->frames.push_back(std::move(encoded));
  }
  return std::shared_ptr<const Group>(std::move(made));
}

result<void> make_unit(Loop& loop, std::uint32_t unit, scene::Renderer& renderer,
                       const std::atomic<bool>* stop) {
  const LoopKey& key = loop.key();
  const LoopPlan& plan = loop.plan();
  CAMFLEET_TRY(const auto encoder, Encoder::make({key.codec, key.size, key.fps, key.kbps}));
  Picture picture(key.size);
  for (std::uint32_t group = 2 * unit; group < 2 * unit + 2; ++group) {
    Group made;
    for (std::uint32_t frame = plan.first_of(group); frame < plan.first_of(group + 1); ++frame) {
      if (stop != nullptr && *stop) return camfleet::fail(Errc::ended, key.text(), "is not made any further");
      renderer.render(Duration(std::int64_t{frame} * 1'000'000'000 / key.fps), picture.planes());
      const bool is_first = frame == plan.first_of(group);
      CAMFLEET_TRY(EncodedFrame encoded, encoder->encode(picture.planes(), is_first));
      if (encoded.is_key != is_first)
        return camfleet::fail(
            Errc::broken_invariant, key.text(),
            "frame " + std::to_string(frame) + (is_first ? " is no key frame" : " is a key frame"));
      encoded.slices_at = slices_of(encoded.bytes, key.codec);
      made.frames.push_back(std::move(encoded));
    }
    loop.put(group, std::move(made));
  }
  return success();
}

}  // namespace camfleet::camera
