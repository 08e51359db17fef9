#pragma once

#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace camfleet {

/// A table that only grows and whose entries never move. One thread appends; others may meanwhile read the
/// entries that they were told of by a message, and size() at any time.
template <class T>
class GrowOnly {
 public:
  static constexpr std::size_t chunk_size = 64;
  static constexpr std::size_t max_size = chunk_size << 14U;

  GrowOnly() { chunks_.reserve(max_size / chunk_size); }
  GrowOnly(GrowOnly&& other) noexcept : chunks_(std::move(other.chunks_)), size_(other.size_.exchange(0)) {}
  GrowOnly& operator=(GrowOnly&& other) noexcept {
    chunks_ = std::move(other.chunks_);
    size_ = other.size_.exchange(0);
    return *this;
  }

  [[nodiscard]] std::size_t size() const { return size_.load(std::memory_order_acquire); }
  [[nodiscard]] bool full() const { return size() == max_size; }

  [[nodiscard]] const T& operator[](std::size_t at) const {
    return *(*chunks_[at / chunk_size])[at % chunk_size];
  }
  [[nodiscard]] T& operator[](std::size_t at) { return *(*chunks_[at / chunk_size])[at % chunk_size]; }

  void push_back(T value) {
    const std::size_t at = size_.load(std::memory_order_relaxed);
    assert(at < max_size);
    // Within the reserved room: the pointers that others read stay where they are.
    if (at % chunk_size == 0) chunks_.push_back(std::make_unique<Chunk>());
    (*chunks_[at / chunk_size])[at % chunk_size].emplace(std::move(value));
    size_.store(at + 1, std::memory_order_release);
  }

 private:
  using Chunk = std::array<std::optional<T>, chunk_size>;
  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::atomic<std::size_t> size_ = 0;
};

}  // namespace camfleet
