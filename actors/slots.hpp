#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace camfleet {

/// A table whose rows are used again: stable numbers, no search, memory as the most rows that were in use at
/// once. `use` tells a row's present owner from its earlier ones.
template <class T>
class Slots {
 public:
  std::uint32_t take(T value) {
    if (free_.empty()) {
      rows_.push_back({std::move(value), 0, true});
      return static_cast<std::uint32_t>(rows_.size() - 1);
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    rows_[slot].value = std::move(value);
    rows_[slot].taken = true;
    return slot;
  }

  void give_back(std::uint32_t slot) {
    assert(holds(slot));
    rows_[slot].taken = false;
    rows_[slot].value = T{};
    ++rows_[slot].use;
    free_.push_back(slot);
  }

  [[nodiscard]] bool holds(std::uint32_t slot) const { return slot < rows_.size() && rows_[slot].taken; }
  [[nodiscard]] bool holds(std::uint32_t slot, std::uint32_t use) const {
    return holds(slot) && rows_[slot].use == use;
  }
  [[nodiscard]] std::uint32_t use(std::uint32_t slot) const { return rows_[slot].use; }
  [[nodiscard]] std::size_t size() const { return rows_.size() - free_.size(); }
  [[nodiscard]] bool empty() const { return size() == 0; }

  T& operator[](std::uint32_t slot) {
    assert(holds(slot));
    return rows_[slot].value;
  }

  /// Calls `visit(slot, value)` for every row in use, in order of their numbers; `visit` may give the row
  /// back.
  template <class Visit>
  void for_each(Visit visit) {
    for (std::uint32_t slot = 0; slot < rows_.size(); ++slot) {
      if (rows_[slot].taken) visit(slot, rows_[slot].value);
    }
  }

 private:
  struct Row {
    T value;
    std::uint32_t use = 0;
    bool taken = false;
  };
  std::vector<Row> rows_;
  std::vector<std::uint32_t> free_;
};

}  // namespace camfleet
