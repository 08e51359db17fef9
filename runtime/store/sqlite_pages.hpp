#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/store/sqlite_connection.hpp"
#include "runtime/store/store.hpp"

/// How slices and findings are listed: from indexes alone, newest first, and as far as the page goes; only
/// its own rows are read. All of it within the caller's transaction; throws SQLite::Exception.
namespace camfleet::store {

/// Of a row of instance, device, due and planned.
OpenSlice read_open(SQLite::Statement& row);

SlicePage list_slices(Connection& from, const Query& query);
Page<FindingRecord> list_findings(Connection& from, const Query& query);
std::optional<FindingRecord> find_finding(Connection& from, std::int64_t id);

/// Up to so many instances are listed one by one; of more, everybody's rows are looked at, and theirs are
/// taken.
inline constexpr std::size_t few_instances = 128;
/// And these, where they have a smaller share of all rows than the last number; of more, never.
inline constexpr std::size_t most_instances = 5000;
inline constexpr std::uint64_t least_share = 8;

/// Counts are kept by instance and by this much time, three hours.
inline constexpr Nanoseconds counted_span = 3LL * 3600 * 1'000'000'000;

/// The span that stands for all time.
inline constexpr std::int64_t all_time = -1'000'000'000;

/// The number of the span that has an instant.
std::int64_t floor_span(Nanoseconds at);

/// The spans of a range for which counts are kept.
struct Spans {
  std::int64_t first = 0;
  std::int64_t end = 0;  ///< one past the last

  /// The condition on `span`, with ?1 and ?2 for these; that of all time has an index of its own, which must
  /// be named by its number.
  [[nodiscard]] const char* condition() const {
    return first == all_time ? "span = -1000000000 AND ?1 < ?2" : "span >= ?1 AND span < ?2";
  }
};

/// What of a query's time is whole spans, for which counts are kept, and what before and after them is
/// counted.
struct CountedTime {
  explicit CountedTime(const Query& query);
  [[nodiscard]] Spans spans() const;
  Nanoseconds from;        ///< of the query, or of all time
  Nanoseconds whole_from;  ///< first instant of the first whole span
  Nanoseconds whole_to;    ///< one past the last; whole_from where there is none
  Nanoseconds to;
};

/// The instances of a query, ascending, each once.
std::vector<std::int64_t> sorted_instances(const Query& query);

/// How many places of a list must be known for a page of it: one more than it shows tells whether there is
/// another.
std::size_t wanted_places(const Query& query);

}  // namespace camfleet::store
