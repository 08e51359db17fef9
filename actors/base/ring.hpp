#pragma once

#include <cassert>
#include <cstddef>
#include <utility>
#include <vector>

namespace camfleet {

/// A queue in one block of memory, which grows with the most that have waited at once and stays as it is.
template <class T>
class Ring {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  /// The i-th of those that wait, from the first.
  [[nodiscard]] const T& operator[](std::size_t i) const {
    assert(i < size_);
    return places_[index(i)];
  }
  void push_back(const T& value) {
    if (size_ == places_.size()) grow();
    places_[index(size_++)] = value;
  }
  T take_front() {
    assert(size_ > 0);
    T first = std::move(places_[index(0)]);
    first_ = index(1);
    --size_;
    return first;
  }
  /// Takes the i-th out of the middle; those behind it move up.
  T take(std::size_t i) {
    T taken = (*this)[i];
    for (; i + 1 < size_; ++i) places_[index(i)] = std::move(places_[index(i + 1)]);
    --size_;
    return taken;
  }

 private:
  [[nodiscard]] std::size_t index(std::size_t i) const { return (first_ + i) & (places_.size() - 1); }
  /// To twice as many places, always a power of two.
  void grow() {
    std::vector<T> larger(places_.empty() ? 16 : places_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) larger[i] = std::move(places_[index(i)]);
    places_ = std::move(larger);
    first_ = 0;
  }

  std::vector<T> places_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace camfleet
