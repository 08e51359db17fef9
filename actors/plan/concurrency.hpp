#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "actors/base/time.hpp"
#include "actors/plan/roster.hpp"

namespace camfleet {

/// The least number of slices that any plan must run at once somewhere in [from, until): the highest ⌈Σ
/// D·min(n,P)/P⌉ over the windows that are open together. Windows without polling count each of their devices
/// whole. Walks every window once.
std::int64_t concurrency_bound(const Roster& roster, Instant from, Instant until);

/// What the windows of a roster ask for.
struct Workload {
  double samples = 0;  ///< of all algorithms; of every-frame instances at 25 frames a second
  Instant ends{};      ///< when the last window closes, or its work is done
};

/// Samples a second while one slice of an instance runs.
double samples_per_second(const WorkSpec& spec);

/// The work of the windows that are open in [from, until), as far as they lie in it; rounds count whole, on
/// average. Walks every window once.
Workload workload(const Roster& roster, Instant from, Instant until);

/// A half-open span of time.
struct Span {
  Instant from;
  Instant to;
  friend bool operator==(const Span&, const Span&) = default;
};

/// How much a slice of an instance counts, and for how long after its window.
struct SliceWeight {
  std::int64_t weight = 1;
  Duration tail{0};
};

/// When more than `limit` may run at once in [from, until), each slice of an instance counted as
/// `weights[instance]` says: where Σ weight·⌈D·min(n,P)/P⌉ over the windows that are open together is higher.
/// In order, none touches the next. Outside of them no more than `limit` run. Walks every window once.
std::vector<Span> spans_above(const Roster& roster, Instant from, Instant until,
                              std::span<const SliceWeight> weights, std::int64_t limit);

}  // namespace camfleet
