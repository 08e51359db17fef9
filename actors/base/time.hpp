#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "actors/base/error.hpp"

namespace camfleet {

/// A span of time: integer nanoseconds.
using Duration = std::chrono::nanoseconds;

/// A point in time: integer nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted (1678 to 2262).
/// Nothing here reads a clock; instants come from the executor.
using Instant = std::chrono::sys_time<Duration>;

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// Beyond every instant that can be due: the close of a window that has no end.
inline constexpr Instant end_of_time = Instant::max();

/// Of a day without a change of the clock.
inline constexpr std::int32_t day_s = 86'400;

/// "2026-03-01T02:00:00Z"; a fraction follows, of 3, 6 or 9 digits, only where the instant has one.
std::string to_iso(Instant at);

/// Appends the same text to `out` without a temporary.
void append_iso(std::string& out, Instant at);

/// Reads ISO 8601 with seconds and a zone offset: "2026-03-01T10:00:00+08:00", "2026-03-01T02:00:00.5Z".
/// Errors: invalid_field, with what would be right.
result<Instant> parse_iso(std::string_view text);

/// Reads a span: a positive whole number with a unit, "90s", "5min", "12h", "30d", "250ms".
result<Duration> parse_span(std::string_view text);

/// Seconds with as many decimals as needed, at most 9: "1.5", "60". Exact, no floating point.
std::string to_seconds(Duration span);

/// For metrics and logs, which have floating point.
constexpr double approximate_seconds(Duration span) {
  return std::chrono::duration<double>(span).count();
}

/// Appends the same text to `out` without a temporary.
void append_seconds(std::string& out, Duration span);

/// ceil(a / b) for a ≥ 0, b > 0.
constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}
constexpr std::int64_t ceil_div(Duration a, Duration b) {
  return ceil_div(a.count(), b.count());
}

}  // namespace camfleet
