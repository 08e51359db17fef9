#include "runtime/service/downtime.hpp"

#include <gtest/gtest.h>

namespace camfleet::service {
namespace {

Instant at(const char* text) {
  return parse_iso(text).value();
}

const Instant ended = at("2026-03-01T00:00:00Z");
constexpr Duration week = hours(24 * 7);

TEST(Downtime, ASpanIsOneRow) {
  const store::MissedSpan span = missed_span(7, ended, ended + week, 10080);
  EXPECT_EQ(span.line,
            R"({"instance":"7","device":null,"due_at":"2026-03-01T00:00:00Z","until":"2026-03-08T00:00:00Z",)"
            R"("slices":10080,"outcome":"missed","reason":"scheduler_down"})");
}

TEST(Downtime, RehearsalsAndRealTimeDoNotShareAStore) {
  const auto line = [](bool was_rehearsal, bool rehearsal, Instant now) {
    const auto outcome =
        check_life("s.db", {ended.time_since_epoch().count(), was_rehearsal}, rehearsal, now);
    return outcome.has_value() ? "" : outcome.error().line();
  };
  EXPECT_EQ(line(false, false, ended - hours(24 * 300)), "");
  EXPECT_EQ(line(true, true, ended), "");
  EXPECT_EQ(
      line(true, false, ended),
      "s.db: was used by a rehearsal, whose times were not the machine's; give --clock, or another --store");
  EXPECT_EQ(
      line(false, true, ended),
      "s.db: was used in real time, and a rehearsal would mix its times with those; give another --store");
  EXPECT_EQ(
      line(false, false, at("1970-01-01T00:00:09.5Z")),
      "clock: says 1970-01-01T00:00:09Z, more than a year before s.db was used last, 2026-03-01T00:00:00Z; "
      "set the clock, or give another --store");
}

}  // namespace
}  // namespace camfleet::service
