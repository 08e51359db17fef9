#include "runtime/store/sqlite_pages.hpp"

#include <algorithm>
#include <limits>

namespace camfleet::store {

std::int64_t floor_span(Nanoseconds at) {
  return at / counted_span - (at % counted_span < 0 ? 1 : 0);
}

CountedTime::CountedTime(const Query& query)
    : from(query.from.value_or(std::numeric_limits<Nanoseconds>::min())),
      whole_from(from),
      whole_to(query.to.value_or(std::numeric_limits<Nanoseconds>::max())),
      to(whole_to) {
  if (query.from && *query.from > std::numeric_limits<Nanoseconds>::max() - counted_span)
    whole_from = to;
  else if (query.from && floor_span(*query.from) * counted_span != *query.from)
    whole_from = (floor_span(*query.from) + 1) * counted_span;
  if (query.to) whole_to = floor_span(*query.to) * counted_span;
  if (whole_from >= whole_to) whole_from = whole_to = to;
}

Spans CountedTime::spans() const {
  if (from == std::numeric_limits<Nanoseconds>::min() && to == std::numeric_limits<Nanoseconds>::max())
    return {all_time, all_time + 1};
  if (whole_from >= whole_to) return {};
  return {floor_span(whole_from), floor_span(whole_to)};
}

std::vector<std::int64_t> sorted_instances(const Query& query) {
  std::vector<std::int64_t> instances = query.instances;
  std::ranges::sort(instances);
  instances.erase(std::unique(instances.begin(), instances.end()), instances.end());
  return instances;
}

std::size_t wanted_places(const Query& query) {
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
  if (query.offset == most || query.limit > most - query.offset - 1) return most;
  return query.offset + query.limit + 1;
}

}  // namespace camfleet::store
