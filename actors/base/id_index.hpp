#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/base/hash.hpp"

namespace camfleet {

/// Finds the rows of a table by their ids, which it does not hold: four to eight bytes a row, in open
/// addressing.
template <class Ix>
class IdIndex {
 public:
  /// The row of this id; `id_of(Ix)` says the id of a row, here and below.
  template <class IdOf>
  [[nodiscard]] std::optional<Ix> find(std::string_view id, const IdOf& id_of) const {
    if (places_.empty()) return std::nullopt;
    const std::size_t place = place_of(id, id_of);
    return places_[place] == none ? std::nullopt : std::optional(Ix{places_[place]});
  }

  /// A row whose id is not there yet.
  template <class IdOf>
  void add(Ix ix, const IdOf& id_of) {
    if ((size_ + 1) * 3 > places_.size() * 2) grow(id_of);
    const std::size_t place = place_of(id_of(ix), id_of);
    assert(places_[place] == none);
    places_[place] = ix.value;
    ++size_;
  }

  /// Nothing when the id is not there.
  template <class IdOf>
  void remove(std::string_view id, const IdOf& id_of) {
    if (places_.empty()) return;
    std::size_t hole = place_of(id, id_of);
    if (places_[hole] == none) return;
    --size_;
    // Those that were put further on because of it move up.
    for (std::size_t at = next(hole); places_[at] != none; at = next(at)) {
      const std::size_t home = home_of(id_of(Ix{places_[at]}));
      if (((at - home) & (places_.size() - 1)) < ((at - hole) & (places_.size() - 1))) continue;
      places_[hole] = places_[at];
      hole = at;
    }
    places_[hole] = none;
  }

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  static constexpr std::size_t least = 16;

  [[nodiscard]] std::size_t next(std::size_t place) const { return (place + 1) & (places_.size() - 1); }
  [[nodiscard]] std::size_t home_of(std::string_view id) const {
    return mix(hash_text(id)) & (places_.size() - 1);
  }
  /// Where it is, or would be.
  template <class IdOf>
  [[nodiscard]] std::size_t place_of(std::string_view id, const IdOf& id_of) const {
    std::size_t place = home_of(id);
    while (places_[place] != none && id_of(Ix{places_[place]}) != id) place = next(place);
    return place;
  }
  template <class IdOf>
  void grow(const IdOf& id_of) {
    const auto before = std::exchange(
        places_, std::vector<std::uint32_t>(places_.empty() ? least : 2 * places_.size(), none));
    for (const std::uint32_t row : before) {
      if (row != none) places_[place_of(id_of(Ix{row}), id_of)] = row;
    }
  }

  std::vector<std::uint32_t> places_;  ///< a power of two, at most two thirds taken
  std::size_t size_ = 0;
};

}  // namespace camfleet
