#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace camfleet {

/// A table whose rows are used again: stable numbers, no search, memory as the most rows that were in use at
/// once, until it is trimmed. `use` tells a row's present owner from its earlier ones. The first row lies in
/// the table itself: most cameras have one slice and one stream.
template <class T>
class Slots {
 public:
  template <class U = T>
  std::uint32_t take(U&& value) {
    std::uint32_t slot = free_;
    if (slot == none) {
      slot = rows_++;
      if (slot > 0) add_row();
    } else {
      free_ = row(slot).next;
    }
    Row& taken = row(slot);
    taken.value = std::forward<U>(value);
    taken.next = in_use;
    ++size_;
    return slot;
  }

  void give_back(std::uint32_t slot) {
    assert(holds(slot));
    Row& given = row(slot);
    if constexpr (!std::is_trivially_destructible_v<T>) given.value = T{};
    ++given.use;
    given.next = free_;
    free_ = slot;
    --size_;
  }

  /// Gives back the memory of all rows but the first when none is in use.
  void trim() {
    if (size_ > 0 || !more_) return;
    for (const Row& one : *more_) first_use_ = std::max(first_use_, one.use);
    more_.reset();
    first_.next = none;
    rows_ = 1;
    free_ = 0;
  }

  [[nodiscard]] bool holds(std::uint32_t slot) const { return slot < rows_ && row(slot).next == in_use; }
  [[nodiscard]] bool holds(std::uint32_t slot, std::uint32_t use) const {
    return holds(slot) && row(slot).use == use;
  }
  [[nodiscard]] std::uint32_t use(std::uint32_t slot) const { return row(slot).use; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  T& operator[](std::uint32_t slot) {
    assert(holds(slot));
    return row(slot).value;
  }
  const T& operator[](std::uint32_t slot) const {
    assert(holds(slot));
    return row(slot).value;
  }

  template <class Visit>
  void for_each(Visit visit) const {
    for (std::uint32_t slot = 0; slot < rows_; ++slot) {
      if (row(slot).next == in_use) visit(slot, row(slot).value);
    }
  }

  /// Calls `visit(slot, value)` for every row in use, in order of their numbers; `visit` may give the row
  /// back.
  template <class Visit>
  void for_each(Visit visit) {
    for (std::uint32_t slot = 0; slot < rows_; ++slot) {
      if (row(slot).next == in_use) visit(slot, row(slot).value);
    }
  }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  static constexpr std::uint32_t in_use = UINT32_MAX - 1;
  struct Row {
    std::uint32_t use = 0;
    std::uint32_t next = none;  ///< the free row that comes after it; or that it is in use
    T value{};
  };
  [[nodiscard]] Row& row(std::uint32_t slot) { return slot == 0 ? first_ : (*more_)[slot - 1]; }
  [[nodiscard]] const Row& row(std::uint32_t slot) const { return slot == 0 ? first_ : (*more_)[slot - 1]; }
  void add_row() {
    if (!more_) more_ = std::make_unique<std::vector<Row>>();
    more_->emplace_back().use = first_use_;
  }

  std::uint32_t rows_ = 0;
  std::uint32_t free_ = none;
  std::uint32_t size_ = 0;
  std::uint32_t first_use_ = 0;  ///< of a new row: more than any that was trimmed
  Row first_;
  /// Seldom needed: a pointer is all that it costs the others.
  std::unique_ptr<std::vector<Row>> more_;
};

}  // namespace camfleet
