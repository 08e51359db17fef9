#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "runtime/store/store.hpp"

namespace camfleet::store {

/// Where a row stands in its list, and which it is.
struct Place {
  Cursor at;
  std::int64_t row = 0;
};

inline bool is_newer(const Cursor& a, const Cursor& b) {
  return std::tie(a.at, a.id, a.device) > std::tie(b.at, b.id, b.device);
}

/// The newest of what several streams offer, each of which descends by time: how far a stream must be read
/// shows from what the others gave.
class Newest {
 public:
  /// `before`: nothing as new as this, or newer, is taken. `matching`: as many there are at most.
  Newest(std::size_t most, std::optional<Cursor> before, std::uint64_t matching)
      : most_(most), before_(std::move(before)), left_(matching) {}

  /// False: nothing that is older can be among them any more.
  bool offer(Place place) {
    if (left_ > 0) --left_;
    return take_if_new(std::move(place)) && left_ > 0;
  }

  /// From the newest on.
  std::vector<Place> take() {
    std::ranges::sort_heap(places_, newer_place);
    return std::move(places_);
  }

 private:
  bool take_if_new(Place place) {
    if (before_ && !is_newer(*before_, place.at)) return true;
    if (places_.size() == most_) {
      if (most_ == 0 || place.at.at < places_.front().at.at) return false;
      if (!is_newer(place.at, places_.front().at)) return true;
      std::ranges::pop_heap(places_, newer_place);
      places_.pop_back();
    }
    places_.push_back(std::move(place));
    std::ranges::push_heap(places_, newer_place);
    return true;
  }

  static bool newer_place(const Place& a, const Place& b) { return is_newer(a.at, b.at); }

  std::size_t most_;
  std::optional<Cursor> before_;
  std::uint64_t left_;
  std::vector<Place> places_;  ///< a heap whose front is the oldest
};

/// How far back a list of `most` rows can reach that is merged of several streams, by the newest rows of
/// each: when there are so many of these, nothing that is older than the last of them is in it. `otherwise`
/// when there are fewer.
inline Nanoseconds reach_of(std::vector<Nanoseconds> newest_of_each, std::size_t most,
                            Nanoseconds otherwise) {
  if (most == 0 || newest_of_each.size() < most) return otherwise;
  const auto last = newest_of_each.begin() + static_cast<std::ptrdiff_t>(most - 1);
  std::nth_element(newest_of_each.begin(), last, newest_of_each.end(), std::greater<>());
  return std::max(*last, otherwise);
}

/// How many rows of each of `streams` tell that. Where a list is as short as they are many, none: it is
/// merged as fast as that would be found out.
inline std::size_t rows_for_reach(std::size_t most, std::size_t streams) {
  if (streams < 2 || most / streams < 8) return 0;
  return most / streams + 1;
}

/// The part of a list that a page shows, and where the next one begins.
inline std::pair<std::vector<Place>, std::optional<Cursor>> cut_page(std::vector<Place> places,
                                                                     std::size_t offset, std::size_t limit) {
  const std::size_t first = std::min(offset, places.size());
  const std::size_t end = first + std::min(limit, places.size() - first);
  std::optional<Cursor> next;
  if (end < places.size() && end > first) next = places[end - 1].at;
  std::vector<Place> page(std::make_move_iterator(places.begin() + static_cast<std::ptrdiff_t>(first)),
                          std::make_move_iterator(places.begin() + static_cast<std::ptrdiff_t>(end)));
  return {std::move(page), std::move(next)};
}

}  // namespace camfleet::store
