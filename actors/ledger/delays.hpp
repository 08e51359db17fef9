#pragma once

#include <array>
#include <cstdint>

#include "actors/base/time.hpp"

namespace camfleet {

/// Spans in buckets that are a sixteenth wide: how many took how long, in 6 KB however many there were.
class Delays {
 public:
  /// Negative spans count as 0.
  void add(Duration span);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// At least `per_mille` of 1,000 took no longer than this, to a sixteenth; 0 when there were none.
  [[nodiscard]] Duration quantile(std::uint32_t per_mille) const;
  [[nodiscard]] Duration most() const { return most_; }

 private:
  static constexpr unsigned bits = 4;
  static constexpr std::size_t buckets = (64 - bits) << bits;
  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  Duration most_{0};
};

}  // namespace camfleet
