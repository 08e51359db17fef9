#pragma once

#include <cassert>
#include <cstdint>

namespace camfleet::sim {

/// Remainders by one divisor, many of them: two multiplications each instead of a division, which takes a
/// processor several times as long. Exact for every number.
class Remainder {
 public:
  explicit Remainder(std::uint64_t divisor) : divisor_(divisor), inverse_(UINT64_MAX / divisor) {
    assert(divisor > 0);
  }

  [[nodiscard]] std::uint64_t of(std::uint64_t number) const {
    __extension__ using Wide = unsigned __int128;
    // The inverse is rounded down, by less than 1 and for 2^64 - 1: the quotient is at most two too small.
    const auto quotient = static_cast<std::uint64_t>((static_cast<Wide>(number) * inverse_) >> 64U);
    std::uint64_t left = number - quotient * divisor_;
    while (left >= divisor_) left -= divisor_;
    return left;
  }

 private:
  std::uint64_t divisor_;
  std::uint64_t inverse_;
};

}  // namespace camfleet::sim
