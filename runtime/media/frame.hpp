#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/base/time.hpp"

namespace camfleet::media {

/// One decoded picture as it is shown: packed BGR, 8 bits a channel, rows of `stride` bytes, top row first.
struct Frame {
  std::vector<std::uint8_t> bgr;  ///< at least height × stride bytes; its capacity is kept between uses
  std::shared_ptr<const std::uint8_t> lent;  ///< stands for `bgr` when it is set; ends with the frame's use
  int width = 0;
  int height = 0;
  int stride = 0;
  Duration media_time{0};  ///< offset from the start of the source's media
  std::string file;        ///< of a set of pictures: the name of this one's file

  /// Makes room for another picture, of this size; allocates only when no earlier picture was as large.
  void resize(int new_width, int new_height);

  /// Shows a picture that lies in someone else's memory: height × stride bytes.
  void show(std::shared_ptr<const std::uint8_t> pixels, int new_width, int new_height, int new_stride);

  /// The top row.
  [[nodiscard]] const std::uint8_t* pixels() const { return lent ? lent.get() : bgr.data(); }
};

class FramePool;

/// Shared ownership of one slot of a FramePool; the last owner gives the slot back. Cheap to copy,
/// thread-safe.
class FrameRef {
 public:
  FrameRef() = default;
  FrameRef(const FrameRef& other);
  FrameRef(FrameRef&& other) noexcept;
  FrameRef& operator=(FrameRef other) noexcept;
  ~FrameRef();

  explicit operator bool() const { return pool_ != nullptr; }
  Frame& operator*() const;
  Frame* operator->() const { return &**this; }
  [[nodiscard]] std::uint32_t slot() const { return slot_; }

 private:
  friend class FramePool;
  FrameRef(FramePool* pool, std::uint32_t slot) : pool_(pool), slot_(slot) {}
  FramePool* pool_ = nullptr;
  std::uint32_t slot_ = 0;
};

/// A fixed number of frames that are used again and again: no allocation per frame once their sizes have
/// settled. Outlives every FrameRef that it handed out. Thread-safe.
class FramePool {
 public:
  explicit FramePool(std::uint32_t capacity);
  ~FramePool();
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;

  /// A free frame, or nothing when all are in use.
  std::optional<FrameRef> try_acquire();

  [[nodiscard]] std::uint32_t capacity() const;
  [[nodiscard]] std::uint32_t in_use() const;

 private:
  friend class FrameRef;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace camfleet::media
