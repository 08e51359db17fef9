#pragma once

#include <optional>
#include <string>

#include "actors/time.hpp"
#include "runtime/store/store.hpp"

namespace camfleet::service {

/// How long after the last instant of a store its slices are written off one by one, by default.
inline constexpr Duration usual_settle = hours(24 * 7);
/// A clock that is so much behind the store's last instant cannot be right.
inline constexpr Duration longest_setback = hours(24 * 366);

/// What is known of an instance when a service starts.
struct Known {
  Instant accounted_until{};              ///< all that was due before has a row or is open
  std::optional<Instant> open_until;      ///< the latest due instant of its open slices
  std::optional<store::MissedSpan> span;  ///< the latest one
};

/// Slices that were due from `from` on and over by `to` have one row for many.
struct Settled {
  Instant from{};
  Instant to{};
  bool is_new = false;  ///< the row is to be written, or written anew
};

/// The span of an instance after a start; none: it has none that matters. What was due within `settle` of the
/// last instant at which a service was there (`alive`; none: not known) is accounted for slice by slice.
std::optional<Settled> settled_span(const Known& known, std::optional<Instant> alive, Duration settle,
                                    Instant now);

/// The row of a span of `slices` slices.
store::MissedSpan missed_span(std::int64_t instance, Instant from, Instant until, std::uint64_t slices);

/// Whether a store that was used so may be used by a service whose time is its own (`rehearsal`), now.
/// Errors: bad_usage: rehearsals and real time do not share a store; unsupported: the clock is impossibly far
/// back.
result<void> check_life(const std::string& store, const store::Life& life, bool rehearsal, Instant now);

}  // namespace camfleet::service
