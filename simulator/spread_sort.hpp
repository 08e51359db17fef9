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
  /// `T` has `at` in nanoseconds (std::int64_t), the same in all values but for the lowest `span_bits` (at
  /// least 10), and an `operator<` that compares it first.
  void operator()(std::vector<T>& values, unsigned span_bits) {
    const std::size_t count = values.size();
    if (count < few) return insertion_sort(values);
    const auto bits = std::min(static_cast<unsigned>(std::bit_width(count)), most_bits);
    const std::size_t parts = std::size_t{1} << bits;
    const auto part_of = [shift = span_bits - bits, parts](const T& value) {
      return static_cast<std::size_t>(value.at >> shift) & (parts - 1);
    };
    std::fill_n(begins_.begin(), parts + 1, 0);
    for (const T& value : values) ++begins_[part_of(value) + 1];
    std::uint32_t most = 0;
    for (std::size_t part = 1; part <= parts; ++part) {
      most = std::max(most, begins_[part]);
      begins_[part] += begins_[part - 1];
    }
    // All at once, as when a window opens for everybody.
    if (most > few) return std::sort(values.begin(), values.end());
    spread_.resize(count);
    for (const T& value : values) spread_[begins_[part_of(value)]++] = value;
    values.swap(spread_);
    insertion_sort(values);
  }

 private:
  static constexpr std::size_t few = 12;
  static constexpr unsigned most_bits = 10;

  static void insertion_sort(std::vector<T>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) {
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
