#include "simulator/remainder.hpp"

#include <cstdint>

#include <gtest/gtest.h>

#include "actors/base/hash.hpp"

namespace camfleet::sim {
namespace {

TEST(Remainder, IsWhatADivisionLeaves) {
  for (unsigned bits = 0; bits < 64; ++bits) {
    for (const std::int64_t aside : {-1, 0, 1}) {
      const std::uint64_t divisor = (std::uint64_t{1} << bits) + static_cast<std::uint64_t>(aside);
      if (divisor == 0) continue;
      const Remainder remainder(divisor);
      for (std::uint64_t i = 0; i < 100; ++i) {
        // Numbers of every size, and those beside a multiple.
        const std::uint64_t drawn = mix(i) >> (i % 64);
        const std::uint64_t multiple = drawn / divisor * divisor;
        for (const std::uint64_t number : {drawn, multiple, multiple - 1, ~drawn})
          ASSERT_EQ(remainder.of(number), number % divisor) << number << " by " << divisor;
      }
    }
  }
}

}  // namespace
}  // namespace camfleet::sim
