#include "actors/ledger/delays.hpp"

#include <algorithm>
#include <bit>

namespace camfleet {
namespace {

constexpr std::int64_t unit_ns = 1000;

}  // namespace

void Delays::add(Duration span) {
  const Duration known = std::max(span, Duration(0));
  const auto value = static_cast<std::uint64_t>(known.count() / unit_ns);
  // Values below 2^bits have a bucket each; above, every power of two has 2^bits.
  const auto width = static_cast<unsigned>(std::bit_width(value));
  const unsigned shift = width > bits ? width - bits - 1 : 0;
  const std::size_t bucket = (std::size_t{shift} << bits) + static_cast<std::size_t>(value >> shift);
  ++counts_[bucket];
  ++count_;
  most_ = std::max(most_, known);
}

Duration Delays::quantile(std::uint32_t per_mille) const {
  const std::uint64_t wanted = (count_ * per_mille + 999) / 1000;
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets && wanted > 0; ++bucket) {
    seen += counts_[bucket];
    if (seen < wanted) continue;
    constexpr std::size_t per_power = std::size_t{1} << bits;
    const std::size_t shift = bucket < 2 * per_power ? 0 : bucket / per_power - 1;
    const std::size_t value = bucket - shift * per_power;
    const auto upper = static_cast<std::int64_t>(((value + 1) << shift) - 1) * unit_ns;
    return std::min(Duration(upper), most_);
  }
  return Duration(0);
}

}  // namespace camfleet
