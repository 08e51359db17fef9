#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "actors/base/ids.hpp"
#include "runtime/media/frame.hpp"
#include "runtime/time/job.hpp"

namespace camfleet::plant {

/// The frames that are under way between actors, by FrameIx, with their references. A fixed number; who finds
/// none free waits for its turn. Thread-safe.
class FrameTable {
 public:
  explicit FrameTable(std::uint32_t frames);

  /// A free frame, or nothing.
  std::optional<media::FrameRef> try_acquire() { return pool_.try_acquire(); }

  /// Gives a filled frame its number, with `references` owners.
  FrameIx publish(media::FrameRef frame, std::uint32_t references);

  void retain(FrameIx frame);
  /// The last one frees the frame, and the oldest waiter is called.
  void release(FrameIx frame);

  /// Calls `turn` once a frame may be free; at once when one is. Called on the thread that releases.
  void when_free(timing::Job<> turn);
  /// A frame that was acquired was given back unpublished: the oldest waiter is called.
  void wake_one();

  /// The frame behind a number, shared.
  [[nodiscard]] media::FrameRef at(FrameIx frame) const;

  [[nodiscard]] std::uint32_t in_use() const { return pool_.in_use(); }
  [[nodiscard]] std::uint32_t capacity() const { return pool_.capacity(); }

 private:
  struct Held {
    media::FrameRef frame;
    std::uint32_t references = 0;
  };
  mutable std::mutex mutex_;
  media::FramePool pool_;
  std::vector<Held> held_;
  std::deque<timing::Job<>> waiting_;
};

}  // namespace camfleet::plant
