#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace camfleet::sim {

/// A heap of four children a node, the smallest first: half as deep as a binary one, and the children of a
/// node share a cache line or two. `T` has `operator<`.
template <class T>
class QuadHeap {
 public:
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] const T& top() const { return rows_.front(); }

  void push(const T& value) {
    std::size_t at = rows_.size();
    rows_.push_back(value);
    while (at > 0) {
      const std::size_t parent = (at - 1) / 4;
      if (!(value < rows_[parent])) break;
      rows_[at] = rows_[parent];
      at = parent;
    }
    rows_[at] = value;
  }

  void pop() {
    const T last = rows_.back();
    rows_.pop_back();
    if (rows_.empty()) return;
    std::size_t at = 0;
    for (std::size_t child = 1; child < rows_.size(); child = 4 * at + 1) {
      std::size_t least = child;
      const std::size_t end = std::min(child + 4, rows_.size());
      for (std::size_t other = child + 1; other < end; ++other) {
        if (rows_[other] < rows_[least]) least = other;
      }
      if (!(rows_[least] < last)) break;
      rows_[at] = rows_[least];
      at = least;
    }
    rows_[at] = last;
  }

  /// Shows every row to `visit`, which may change it. O(n log n).
  template <class Visit>
  void change(Visit visit) {
    for (T& row : rows_) visit(row);
    std::sort(rows_.begin(), rows_.end());
  }

 private:
  std::vector<T> rows_;
};

}  // namespace camfleet::sim
