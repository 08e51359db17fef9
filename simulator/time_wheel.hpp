#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "simulator/quad_heap.hpp"
#include "simulator/spread_sort.hpp"

namespace camfleet::sim {

/// A queue of events in their total order, the smallest first. What is due within the next minute waits
/// unsorted in slots of about 8 ms; a slot is sorted when its time has come. What is later waits in a heap.
///
/// `T` has `at` in nanoseconds (std::int64_t) and an `operator<` that compares it first. What is pushed
/// before the slot that is being taken is in order too, only slower.
template <class T>
class TimeWheel {
 public:
  TimeWheel() { heads_.fill(none); }
  TimeWheel(const TimeWheel&) = delete;
  TimeWheel& operator=(const TimeWheel&) = delete;

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }

  void push(T value) {
    ++size_;
    const std::int64_t slot = slot_of(value);
    if (slot - cursor_ > 0 && slot - cursor_ < slots) {
      link(value, index_of(slot));
    } else {
      // A copy of its own lets `value` stay in registers on the usual way.
      push_elsewhere(T(value));
    }
  }

  /// The smallest; null when there is none. `coming` is shown what will be taken after it before long, in no
  /// order.
  template <class Coming>
  const T* top(Coming coming) {
    const T* first = near();
    if (first == nullptr && size_ > 0) {
      advance(coming);
      first = near();
    }
    return first;
  }

  const T* top() {
    return top([](const T& /*value*/) {});
  }

  /// The smallest, when it comes before near_end(); else null.
  [[nodiscard]] const T* near() const {
    if (!late_.empty()) [[unlikely]]
      return next_ == end_ || late_.top() < *next_ ? &late_.top() : next_;
    return next_ == end_ ? nullptr : next_;
  }
  [[nodiscard]] std::int64_t near_end() const { return (cursor_ + 1) << slot_bits; }

  /// Removes the smallest, which is `top`; it can be read until the next call.
  const T* pop(const T* top) {
    assert(top != nullptr && top == near());
    --size_;
    if (top == next_) [[likely]]
      return next_++;
    return pop_late();
  }

  /// Shows every one to `visit`, which may change it. O(n log n).
  template <class Visit>
  void change(Visit visit) {
    std::vector<T> all(next_, end_);
    late_.change([&](T& value) { all.push_back(value); });
    far_.change([&](T& value) { all.push_back(value); });
    for (std::uint32_t head : heads_) {
      for (; head != none; head = nodes_[head].next) all.push_back(nodes_[head].value);
    }
    if (all.empty()) return;
    for (T& value : all) visit(value);
    clear();
    // The wheel stands before the first, so that none counts as late.
    const auto by_time = [](const T& a, const T& b) { return a.at < b.at; };
    cursor_ = slot_of(*std::min_element(all.begin(), all.end(), by_time)) - 1;
    for (const T& value : all) push(value);
  }

 private:
  static constexpr unsigned slot_bits = 23;  ///< of nanoseconds
  static constexpr std::int64_t slots = 8192;
  static constexpr std::uint32_t none = UINT32_MAX;
  static constexpr std::size_t fewest = 64;  ///< values that there is room for
  static constexpr std::size_t word_bits = 64;
  static constexpr std::size_t words = static_cast<std::size_t>(slots) / word_bits;
  struct Node {
    T value;
    std::uint32_t next;
  };

  static std::int64_t slot_of(const T& value) { return value.at >> slot_bits; }
  static std::size_t index_of(std::int64_t slot) {
    return static_cast<std::size_t>(slot) & static_cast<std::size_t>(slots - 1);
  }

  void clear() {
    size_ = 0;
    next_ = end_ = nullptr;
    late_ = {};
    far_ = {};
    nodes_.clear();
    free_ = none;
    heads_.fill(none);
    words_ = {};
    summary_ = {};
  }

  [[gnu::noinline]] const T* pop_late() {
    taken_ = late_.top();
    late_.pop();
    return &taken_;
  }

  [[gnu::noinline]] void push_elsewhere(const T& value) {
    (slot_of(value) <= cursor_ ? late_ : far_).push(value);
  }

  [[gnu::noinline]] void add_node() {
    nodes_.push_back({T{}, none});
    free_ = static_cast<std::uint32_t>(nodes_.size() - 1);
  }

  void link(T value, std::size_t index) {
    if (free_ == none) add_node();
    const std::uint32_t number = free_;
    Node& node = nodes_[number];
    free_ = node.next;
    node.value = value;
    node.next = heads_[index];
    heads_[index] = number;
    const std::size_t word = index / word_bits;
    words_[word] |= std::uint64_t{1} << (index % word_bits);
    summary_[word / word_bits] |= std::uint64_t{1} << (word % word_bits);
  }

  /// Puts one that is due in this slot behind the `count` that were found before it.
  void take(const T& value, std::size_t& count) {
    if (count == sorted_.size()) [[unlikely]]
      sorted_.resize(std::max(2 * count, fewest));
    sorted_[count++] = value;
  }

  /// Moves on to the next slot that holds something, and sorts it.
  template <class Coming>
  void advance(Coming coming) {
    std::size_t count = 0;
    cursor_ = summary_ == Summary{} ? slot_of(far_.top()) : next_slot();
    while (!far_.empty() && slot_of(far_.top()) - cursor_ < slots) {
      const T value = far_.top();
      far_.pop();
      if (slot_of(value) == cursor_) {
        take(value, count);
      } else {
        link(value, index_of(slot_of(value)));
      }
    }
    const std::size_t index = index_of(cursor_);
    for (std::uint32_t node = heads_[index]; node != none;) {
      take(nodes_[node].value, count);
      coming(nodes_[node].value);
      const std::uint32_t next = nodes_[node].next;
      nodes_[node].next = free_;
      free_ = node;
      node = next;
    }
    heads_[index] = none;
    const std::size_t word = index / word_bits;
    words_[word] &= ~(std::uint64_t{1} << (index % word_bits));
    if (words_[word] == 0) summary_[word / word_bits] &= ~(std::uint64_t{1} << (word % word_bits));
    sort_(sorted_, count, slot_bits);
    next_ = sorted_.data();
    end_ = next_ + count;
  }

  /// The first after the cursor that holds something; there is one.
  [[nodiscard]] std::int64_t next_slot() const {
    const std::size_t from = index_of(cursor_ + 1);
    const std::size_t word = from / word_bits;
    std::size_t found = 0;
    if (const std::uint64_t here = words_[word] >> (from % word_bits); here != 0) {
      found = from + static_cast<std::size_t>(std::countr_zero(here));
    } else {
      // The words after this one, round to its own lower bits.
      const std::size_t next = next_word((word + 1) % words);
      found = next * word_bits + static_cast<std::size_t>(std::countr_zero(words_[next]));
    }
    return cursor_ + 1 + static_cast<std::int64_t>((found - from) & static_cast<std::size_t>(slots - 1));
  }

  /// The first word from here on, round, that holds something; there is one.
  [[nodiscard]] std::size_t next_word(std::size_t from) const {
    std::size_t part = from / word_bits;
    std::uint64_t bits = summary_[part] >> (from % word_bits) << (from % word_bits);
    while (bits == 0) {
      part = (part + 1) % summary_.size();
      bits = summary_[part];
    }
    return part * word_bits + static_cast<std::size_t>(std::countr_zero(bits));
  }

  using Summary = std::array<std::uint64_t, words / word_bits>;
  std::size_t size_ = 0;
  std::int64_t cursor_ = 0;  ///< the slot that is being taken; what lies before it is there or in late_
  SpreadSort<T> sort_;
  std::vector<T> sorted_;    ///< its events, as many as the fullest slot held, before room for more …
  const T* next_ = nullptr;  ///< … of which these are still to be taken
  const T* end_ = nullptr;
  T taken_{};
  QuadHeap<T> late_;  ///< what came for that slot, or an earlier one, since it was sorted
  std::array<std::uint32_t, static_cast<std::size_t>(slots)> heads_;  ///< the slots after it: lists of nodes
  std::array<std::uint64_t, words> words_{};                          ///< which slots hold something …
  Summary summary_{};                                                 ///< … and which words
  std::vector<Node> nodes_;
  std::uint32_t free_ = none;
  QuadHeap<T> far_;  ///< beyond the last slot
};

}  // namespace camfleet::sim
