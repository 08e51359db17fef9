#pragma once

#include <atomic>
#include <cassert>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace camfleet {

/// A table that only grows, up to `most` entries, which never move. One thread appends; others may meanwhile
/// read the entries that they were told of by a message, and size() at any time.
template <class T, std::size_t most = (std::size_t{1} << 20U)>
class GrowOnly {
 public:
  static constexpr std::size_t chunk_size = 64;
  static constexpr std::size_t max_size = most;

  GrowOnly() { chunks_.reserve((max_size + chunk_size - 1) / chunk_size); }
  GrowOnly(GrowOnly&& other) noexcept : chunks_(std::move(other.chunks_)), size_(other.size_.exchange(0)) {}
  GrowOnly& operator=(GrowOnly&& other) noexcept {
    clear();
    chunks_ = std::move(other.chunks_);
    size_ = other.size_.exchange(0);
    return *this;
  }
  ~GrowOnly() { clear(); }

  [[nodiscard]] std::size_t size() const { return size_.load(std::memory_order_acquire); }
  [[nodiscard]] bool full() const { return size() == max_size; }

  [[nodiscard]] const T& operator[](std::size_t at) const {
    return chunks_[at / chunk_size][at % chunk_size];
  }
  [[nodiscard]] T& operator[](std::size_t at) { return chunks_[at / chunk_size][at % chunk_size]; }

  void push_back(T value) {
    const std::size_t at = size_.load(std::memory_order_relaxed);
    assert(at < max_size);
    // Within the reserved room: the pointers that others read stay where they are.
    if (at / chunk_size == chunks_.size()) chunks_.push_back(std::allocator<T>().allocate(chunk_size));
    std::construct_at(&(*this)[at], std::move(value));
    size_.store(at + 1, std::memory_order_release);
  }

 private:
  void clear() {
    for (std::size_t i = 0; i < size(); ++i) std::destroy_at(&(*this)[i]);
    for (T* chunk : chunks_) std::allocator<T>().deallocate(chunk, chunk_size);
    chunks_.clear();
    size_ = 0;
  }

  std::vector<T*> chunks_;  ///< of room for chunk_size entries each
  std::atomic<std::size_t> size_ = 0;
};

}  // namespace camfleet
