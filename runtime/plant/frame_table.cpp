#include "runtime/plant/frame_table.hpp"

#include <cassert>
#include <utility>

namespace camfleet::plant {

FrameTable::FrameTable(std::uint32_t frames) : pool_(frames), held_(frames) {}

FrameIx FrameTable::publish(media::FrameRef frame, std::uint32_t references) {
  assert(references >= 1);
  const FrameIx ix{frame.slot()};
  const std::lock_guard lock(mutex_);
  assert(held_[ix.value].references == 0);
  held_[ix.value] = {std::move(frame), references};
  return ix;
}

void FrameTable::retain(FrameIx frame) {
  const std::lock_guard lock(mutex_);
  assert(held_[frame.value].references > 0);
  ++held_[frame.value].references;
}

void FrameTable::release(FrameIx frame) {
  media::FrameRef last;
  {
    const std::lock_guard lock(mutex_);
    Held& held = held_[frame.value];
    assert(held.references > 0);
    if (--held.references > 0) return;
    last = std::move(held.frame);
    held.frame = {};
  }
  last = {};
  wake_one();
}

void FrameTable::when_free(timing::Job<> turn) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(turn));
  }
  // One may have been given back since the caller looked.
  if (pool_.in_use() < pool_.capacity()) wake_one();
}

void FrameTable::wake_one() {
  timing::Job<> turn;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return;
    turn = std::move(waiting_.front());
    waiting_.pop_front();
  }
  turn();
}

media::FrameRef FrameTable::at(FrameIx frame) const {
  const std::lock_guard lock(mutex_);
  assert(held_[frame.value].references > 0);
  return held_[frame.value].frame;
}

}  // namespace camfleet::plant
