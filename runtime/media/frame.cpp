#include "runtime/media/frame.hpp"

#include <cassert>
#include <mutex>
#include <utility>

namespace camfleet::media {

namespace {

/// Room behind the last row: libswscale's vector code may write past the end of an odd-sized row.
constexpr std::size_t tail_bytes = 64;

}  // namespace

void Frame::resize(int new_width, int new_height) {
  assert(new_width > 0 && new_height > 0);
  lent.reset();
  file.clear();
  width = new_width;
  height = new_height;
  stride = 3 * new_width;
  const std::size_t needed = static_cast<std::size_t>(stride) * static_cast<std::size_t>(height) + tail_bytes;
  if (bgr.size() < needed) bgr.resize(needed);
}

void Frame::show(std::shared_ptr<const std::uint8_t> pixels, int new_width, int new_height, int new_stride) {
  assert(pixels != nullptr && new_width > 0 && new_height > 0 && new_stride >= 3 * new_width);
  lent = std::move(pixels);
  file.clear();
  width = new_width;
  height = new_height;
  stride = new_stride;
}

struct FramePool::State {
  explicit State(std::uint32_t capacity) : frames(capacity), owners(capacity) {
    free.reserve(capacity);
    for (std::uint32_t slot = capacity; slot > 0; --slot) free.push_back(slot - 1);
  }

  std::vector<Frame> frames;
  std::vector<std::atomic<std::uint32_t>> owners;
  mutable std::mutex mutex;
  std::vector<std::uint32_t> free;  ///< guarded by mutex; the slot given back last is used first
};

FramePool::FramePool(std::uint32_t capacity) : state_(std::make_unique<State>(capacity)) {}

FramePool::~FramePool() {
  assert(in_use() == 0);
}

std::optional<FrameRef> FramePool::try_acquire() {
  const std::lock_guard lock(state_->mutex);
  if (state_->free.empty()) return std::nullopt;
  const std::uint32_t slot = state_->free.back();
  state_->free.pop_back();
  state_->owners[slot].store(1, std::memory_order_relaxed);
  return FrameRef(this, slot);
}

std::uint32_t FramePool::capacity() const {
  return static_cast<std::uint32_t>(state_->frames.size());
}

std::uint32_t FramePool::in_use() const {
  const std::lock_guard lock(state_->mutex);
  return capacity() - static_cast<std::uint32_t>(state_->free.size());
}

FrameRef::FrameRef(const FrameRef& other) : pool_(other.pool_), slot_(other.slot_) {
  if (pool_ != nullptr) pool_->state_->owners[slot_].fetch_add(1, std::memory_order_relaxed);
}

FrameRef::FrameRef(FrameRef&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)), slot_(std::exchange(other.slot_, 0)) {}

FrameRef& FrameRef::operator=(FrameRef other) noexcept {
  std::swap(pool_, other.pool_);
  std::swap(slot_, other.slot_);
  return *this;
}

FrameRef::~FrameRef() {
  if (pool_ == nullptr) return;
  FramePool::State& state = *pool_->state_;
  if (state.owners[slot_].fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  state.frames[slot_].lent.reset();
  const std::lock_guard lock(state.mutex);
  state.free.push_back(slot_);
}

Frame& FrameRef::operator*() const {
  assert(pool_ != nullptr);
  return pool_->state_->frames[slot_];
}

}  // namespace camfleet::media
