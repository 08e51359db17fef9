#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace camfleet::sim {

/// Sorts what lies between two instants, mostly evenly: spreads it over as many parts of that time as there
/// are values, after which most are in place. Comparisons that go either way are what sorting costs a
/// processor: this leaves few.
template <class T>
class SpreadSort {
 public:
  /// Sorts the first `count`; what lies behind them is room, and holds anything afterwards.
  /// `T` has `at` in nanoseconds (std::int64_t), the same in all values but for the lowest `span_bits` (at
  /// least 10), and an `operator<` that compares it first.
  void operator()(std::vector<T>& values, std::size_t count, unsigned span_bits) {
    const auto end = values.begin() + static_cast<std::ptrdiff_t>(count);
    if (count < few) return insertion_sort(values, count);
    const auto bits = std::min(static_cast<unsigned>(std::bit_width(count)), most_bits);
    const std::size_t parts = std::size_t{1} << bits;
    const auto part_of = [shift = span_bits - bits, parts](const T& value) {
      return static_cast<std::size_t>(value.at >> shift) & (parts - 1);
    };
    std::fill_n(begins_.begin(), parts + 1, 0);
    for (auto value = values.begin(); value != end; ++value) ++begins_[part_of(*value) + 1];
    std::uint32_t most = 0;
    for (std::size_t part = 1; part <= parts; ++part) {
      most = std::max(most, begins_[part]);
      begins_[part] += begins_[part - 1];
    }
    // All at once, as when a window opens for everybody.
    if (most > few) return std::sort(values.begin(), end);
    if (spread_.size() < values.size()) spread_.resize(values.size());
    for (auto value = values.begin(); value != end; ++value) spread_[begins_[part_of(*value)]++] = *value;
    values.swap(spread_);
    insertion_sort(values, count);
  }

 private:
  static constexpr std::size_t few = 12;
  static constexpr unsigned most_bits = 10;

  static void insertion_sort(std::vector<T>& values, std::size_t count) {
    for (std::size_t i = 1; i < count; ++i) {
      if (!(values[i] < values[i - 1])) continue;
      const T value = values[i];
      std::size_t at = i;
      for (; at > 0 && value < values[at - 1]; --at) values[at] = values[at - 1];
      values[at] = value;
    }
  }

  std::array<std::uint32_t, (std::size_t{1} << most_bits) + 1> begins_{};  ///< where each part begins
  std::vector<T> spread_;
};

}  // namespace camfleet::sim
