#pragma once

#include <cassert>
#include <cstdint>

namespace camfleet {

/// Ids of one kind, of which there are at most 64.
template <class Id>
class IdSet {
 public:
  static constexpr std::uint32_t max_ids = 64;

  constexpr IdSet() = default;
  static constexpr IdSet of_bits(std::uint64_t bits) {
    IdSet set;
    set.bits_ = bits;
    return set;
  }
  static constexpr IdSet all() { return of_bits(UINT64_MAX); }

  constexpr void add(Id id) {
    assert(id.value < max_ids);
    bits_ |= std::uint64_t{1} << id.value;
  }
  [[nodiscard]] constexpr bool has(Id id) const {
    return id.value < max_ids && (bits_ >> id.value & 1U) != 0;
  }
  [[nodiscard]] constexpr bool has_all_of(IdSet other) const { return (other.bits_ & ~bits_) == 0; }
  [[nodiscard]] constexpr std::uint64_t bits() const { return bits_; }
  friend constexpr bool operator==(IdSet, IdSet) = default;

 private:
  std::uint64_t bits_ = 0;
};

}  // namespace camfleet
