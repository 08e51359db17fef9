#pragma once

#include <string>

#include "actors/base/time.hpp"
#include "runtime/store/store.hpp"

namespace camfleet::service {

/// A clock that is so much behind the store's last instant cannot be right.
inline constexpr Duration longest_setback = hours(24 * 366);

inline Instant instant_of(store::Nanoseconds count) {
  return Instant(Duration(count));
}

/// The row of a span of `slices` slices.
store::MissedSpan missed_span(std::int64_t instance, Instant from, Instant until, std::uint64_t slices);

/// Whether a store that was used so may be used by a service whose time is its own (`rehearsal`), now.
/// Errors: bad_usage: rehearsals and real time do not share a store; unsupported: the clock is impossibly far
/// back.
result<void> check_life(const std::string& store, const store::Life& life, bool rehearsal, Instant now);

}  // namespace camfleet::service
