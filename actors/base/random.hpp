#pragma once

#include <cassert>
#include <cstdint>

#include "actors/base/hash.hpp"
#include "actors/base/ids.hpp"

namespace camfleet {

/// A small seeded stream of random numbers (SplitMix64), the same on every machine.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

  /// The stream of one actor: depends on the run's seed and the actor's stable id alone.
  static constexpr Random of(std::uint64_t seed, ActorId id) {
    return Random(mix(seed ^ mix((static_cast<std::uint64_t>(id.kind) << 32U) | id.number)));
  }

  constexpr std::uint64_t next() {
    const std::uint64_t value = mix(state_);
    state_ += 0x9E3779B97F4A7C15ULL;
    return value;
  }

  /// Uniform in [0, bound), bound ≥ 1; without bias (Lemire 2019).
  constexpr std::uint64_t below(std::uint64_t bound) {
    assert(bound >= 1);
    __extension__ using Wide = unsigned __int128;
    Wide product = Wide{next()} * bound;
    if (static_cast<std::uint64_t>(product) < bound) {
      const std::uint64_t threshold = (0 - bound) % bound;
      while (static_cast<std::uint64_t>(product) < threshold) product = Wide{next()} * bound;
    }
    return static_cast<std::uint64_t>(product >> 64U);
  }

 private:
  std::uint64_t state_;
};

}  // namespace camfleet
