#include "actors/base/time.hpp"

#include <string>

#include <gtest/gtest.h>

#include "actors/base/text.hpp"
#include "tests/actors/property.hpp"

namespace camfleet {
namespace {

TEST(Iso, RoundTrips) {
  const char* texts[] = {"1970-01-01T00:00:00Z",           "2026-03-01T02:00:00Z",
                         "2026-03-01T02:00:00.500Z",       "2026-03-01T02:00:00.000250Z",
                         "2026-03-01T02:00:00.000001Z",    "2026-03-01T02:00:00.000000001Z",
                         "2028-02-29T23:59:59.999999999Z", "2200-12-31T23:59:59Z"};
  for (const char* text : texts) {
    const auto at = parse_iso(text);
    ASSERT_TRUE(at.has_value()) << at.error().line();
    EXPECT_EQ(to_iso(at.value()), text);
  }
}

TEST(Iso, OtherFormsOfTheSameInstant) {
  const std::pair<const char*, const char*> rows[] = {
      {"2026-03-01T10:00:00+08:00", "2026-03-01T02:00:00Z"},
      {"2026-02-28T20:30:00-05:30", "2026-03-01T02:00:00Z"},
      {"2026-03-01T02:00:00.0Z", "2026-03-01T02:00:00Z"},
      {"2026-03-01T02:00:00.5Z", "2026-03-01T02:00:00.500Z"},
      {"2026-03-01T02:00:00.1234Z", "2026-03-01T02:00:00.123400Z"},
      {"2026-03-01T00:00:00+18:00", "2026-02-28T06:00:00Z"},
      {"1970-01-01T00:00:00+01:00", "1969-12-31T23:00:00Z"},
  };
  for (const auto& [text, same] : rows) {
    const auto at = parse_iso(text);
    ASSERT_TRUE(at.has_value()) << at.error().line();
    EXPECT_EQ(to_iso(at.value()), same);
  }
}

TEST(Iso, WrongInputs) {
  const char* texts[] = {"",
                         "2026-03-01",
                         "2026-03-01T02:00:00",
                         "2026-03-01 02:00:00Z",
                         "2026-03-01T02:00Z",
                         "2026-03-01T02:00:00z",
                         "2026-03-01T02:00:00Z ",
                         " 2026-03-01T02:00:00Z",
                         "2026-3-01T02:00:00Z",
                         "2026-02-29T02:00:00Z",
                         "2026-13-01T02:00:00Z",
                         "2026-00-01T02:00:00Z",
                         "2026-03-00T02:00:00Z",
                         "2026-03-01T24:00:00Z",
                         "2026-03-01T02:60:00Z",
                         "2026-03-01T02:00:60Z",
                         "2026-03-01T02:00:00.Z",
                         "2026-03-01T02:00:00.1234567891Z",
                         "2026-03-01T02:00:00,5Z",
                         "2026-03-01T02:00:00+8:00",
                         "2026-03-01T02:00:00+0800",
                         "2026-03-01T02:00:00+19:00",
                         "2026-03-01T02:00:00+08:60",
                         "1969-12-31T23:59:59Z",
                         "2201-01-01T00:00:00Z",
                         "-026-03-01T02:00:00Z",
                         "2026-03-01T-2:00:00Z"};
  for (const char* text : texts) {
    const auto at = parse_iso(text);
    ASSERT_FALSE(at.has_value()) << text;
    EXPECT_EQ(at.error().code, Errc::invalid_field);
    EXPECT_EQ(
        at.error().line(),
        quote(text) + " is not an instant; write it like 2026-03-01T10:00:00+08:00 or 2026-03-01T02:00:00Z");
  }
}

TEST(IsoProperty, EveryInstantRoundTrips) {
  testing::check_property([] {
    const std::int64_t last = parse_iso("2200-12-31T23:59:59Z").value().time_since_epoch().count();
    const Instant at{Duration(*rc::gen::inRange<std::int64_t>(0, last))};
    RC_ASSERT(parse_iso(to_iso(at)).value() == at);
  });
}

TEST(Span, Table) {
  const std::pair<const char*, Duration> rows[] = {
      {"250ms", milliseconds(250)},
      {"90s", seconds(90)},
      {"5min", minutes(5)},
      {"12h", hours(12)},
      {"30d", hours(720)},
      {"1s", seconds(1)},
      {"36600d", hours(24) * 36'600},
      {"007s", seconds(7)},
  };
  for (const auto& [text, span] : rows) {
    const auto got = parse_span(text);
    ASSERT_TRUE(got.has_value()) << got.error().line();
    EXPECT_EQ(got.value(), span) << text;
  }
  for (const char* text : {"", "s", "90", "0s", "-5s", "+5s", "1.5s", "5 s", "5m", "5S", "5sec", "36601d",
                           "99999999999999999999d", "9223372036854775807h", "min", "5minutes"}) {
    const auto got = parse_span(text);
    ASSERT_FALSE(got.has_value()) << text;
    EXPECT_EQ(got.error().line(),
              quote(text) + " is not a span; write a whole number and ms, s, min, h or d, like 90s or 30d");
  }
}

TEST(Seconds, Table) {
  const std::pair<Duration, const char*> rows[] = {
      {Duration(0), "0"},
      {seconds(60), "60"},
      {milliseconds(1500), "1.5"},
      {Duration(1), "0.000000001"},
      {milliseconds(-1500), "-1.5"},
      {milliseconds(50), "0.05"},
      {Duration(100), "0.0000001"},
      {seconds(1) - Duration(1), "0.999999999"},
      {Duration::max(), "9223372036.854775807"},
  };
  for (const auto& [span, text] : rows) EXPECT_EQ(to_seconds(span), text);
  std::string out = "x";
  append_seconds(out, seconds(2));
  append_iso(out, Instant());
  EXPECT_EQ(out, "x21970-01-01T00:00:00Z");
}

TEST(CeilDiv, Table) {
  EXPECT_EQ(ceil_div(0, 3), 0);
  EXPECT_EQ(ceil_div(1, 3), 1);
  EXPECT_EQ(ceil_div(3, 3), 1);
  EXPECT_EQ(ceil_div(4, 3), 2);
  EXPECT_EQ(ceil_div(seconds(61), minutes(1)), 2);
}

}  // namespace
}  // namespace camfleet
