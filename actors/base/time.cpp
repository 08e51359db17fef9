#include "actors/base/time.hpp"

#include <cctype>

#include "actors/base/text.hpp"

namespace camfleet {
namespace {

constexpr std::int64_t nanos_per_second = 1'000'000'000;

/// Appends the fraction of a second with 3, 6 or 9 digits, nothing when it is 0.
void append_fraction(std::string& out, std::int64_t nanos) {
  if (nanos == 0) return;
  out += '.';
  if (nanos % 1'000'000 == 0) {
    append_int(out, nanos / 1'000'000, 3);
  } else if (nanos % 1'000 == 0) {
    append_int(out, nanos / 1'000, 6);
  } else {
    append_int(out, nanos, 9);
  }
}

/// Two digits of 0 to 99.
void put_two(char* at, std::int64_t value) {
  at[0] = static_cast<char>('0' + value / 10);
  at[1] = static_cast<char>('0' + value % 10);
}

/// Reads exactly `digits` decimal digits from the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  for (std::size_t i = 0; i < digits; ++i) {
    if (std::isdigit(static_cast<unsigned char>(text[i])) == 0) return std::nullopt;
  }
  const auto value = parse_int<int>(text.substr(0, digits));
  text.remove_prefix(digits);
  return value;
}

bool take_char(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Duration> take_fraction(std::string_view& text) {
  if (!take_char(text, '.')) return Duration(0);
  std::int64_t nanos = 0;
  std::size_t digits = 0;
  while (digits < text.size() && digits < 9 && std::isdigit(static_cast<unsigned char>(text[digits])) != 0) {
    nanos = nanos * 10 + (text[digits++] - '0');
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  for (; digits < 9; ++digits) nanos *= 10;
  return Duration(nanos);
}

/// "Z" or ±HH:MM, up to 18 hours; the value is local minus UTC.
std::optional<Duration> take_offset(std::string_view& text) {
  if (take_char(text, 'Z')) return Duration(0);
  const bool east = !text.empty() && text.front() == '+';
  if (!east && (text.empty() || text.front() != '-')) return std::nullopt;
  text.remove_prefix(1);
  const auto hour = take_number(text, 2);
  if (!hour || !take_char(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *hour > 18 || *minute > 59) return std::nullopt;
  const Duration span = hours(*hour) + minutes(*minute);
  return east ? span : -span;
}

std::optional<Instant> take_instant(std::string_view text) {
  const auto year = take_number(text, 4);
  if (!year || !take_char(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take_char(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day || !take_char(text, 'T')) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || !take_char(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || !take_char(text, ':')) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second) return std::nullopt;
  const auto fraction = take_fraction(text);
  const auto offset = take_offset(text);
  if (!fraction || !offset || !text.empty()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  const bool in_range = *year >= 1970 && *year <= 2200;
  if (!date.ok() || !in_range || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return Instant(std::chrono::sys_days(date)) + hours(*hour) + minutes(*minute) + seconds(*second) +
         *fraction - *offset;
}

}  // namespace

void append_iso(std::string& out, Instant at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::int64_t of_day = (at - day).count();
  const std::int64_t second = of_day / nanos_per_second;
  const int year = static_cast<int>(date.year());
  char text[] = "YYYY-MM-DDTHH:MM:SS";
  put_two(text, year / 100);
  put_two(text + 2, year % 100);
  put_two(text + 5, static_cast<unsigned>(date.month()));
  put_two(text + 8, static_cast<unsigned>(date.day()));
  put_two(text + 11, second / 3600);
  put_two(text + 14, second / 60 % 60);
  put_two(text + 17, second % 60);
  out.append(text, sizeof text - 1);
  append_fraction(out, of_day % nanos_per_second);
  out += 'Z';
}

std::string to_iso(Instant at) {
  std::string out;
  append_iso(out, at);
  return out;
}

result<Instant> parse_iso(std::string_view text) {
  if (const auto at = take_instant(text)) return *at;
  return fail(
      Errc::invalid_field, "",
      quote(text) + " is not an instant; write it like 2026-03-01T10:00:00+08:00 or 2026-03-01T02:00:00Z");
}

result<Duration> parse_span(std::string_view text) {
  struct Unit {
    std::string_view name;
    Duration size;
  };
  constexpr Unit units[] = {
      {"ms", milliseconds(1)}, {"min", minutes(1)}, {"s", seconds(1)}, {"h", hours(1)}, {"d", hours(24)}};
  for (const Unit& unit : units) {
    if (!text.ends_with(unit.name)) continue;
    const auto count = parse_int(text.substr(0, text.size() - unit.name.size()));
    constexpr Duration longest = hours(24) * 36'600;
    if (!count || *count < 1 || *count > longest / unit.size) break;
    return unit.size * *count;
  }
  return fail(Errc::invalid_field, "",
              quote(text) + " is not a span; write a whole number and ms, s, min, h or d, like 90s or 30d");
}

void append_seconds(std::string& out, Duration span) {
  if (span < Duration(0)) {
    out += '-';
    span = -span;
  }
  append_int(out, span.count() / nanos_per_second);
  std::int64_t nanos = span.count() % nanos_per_second;
  if (nanos == 0) return;
  int digits = 9;
  for (; nanos % 10 == 0; nanos /= 10) --digits;
  out += '.';
  append_int(out, nanos, digits);
}

std::string to_seconds(Duration span) {
  std::string out;
  append_seconds(out, span);
  return out;
}

}  // namespace camfleet
