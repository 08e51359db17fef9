#include "runtime/service/downtime.hpp"

#include <gtest/gtest.h>

namespace camfleet::service {
namespace {

Instant at(const char* text) {
  return parse_iso(text).value();
}

const Instant ended = at("2026-03-01T00:00:00Z");
constexpr Duration week = hours(24 * 7);

/// From when on, to when, and whether it is to be written; "" for none.
std::string span_of(const Known& known, std::optional<Instant> alive, Duration settle, Instant now) {
  const auto span = settled_span(known, alive, settle, now);
  return span ? to_iso(span->from) + " " + to_iso(span->to) + (span->is_new ? " new" : "") : "";
}
std::string text(Instant from, Instant to, const char* is_new = "") {
  return to_iso(from) + " " + to_iso(to) + is_new;
}

TEST(Downtime, WhatFitsIsWrittenOffOneByOne) {
  const Known known{ended, std::nullopt, std::nullopt};
  EXPECT_EQ(span_of(known, ended, week, ended + week), "");
  const Instant later = ended + week + seconds(1);
  EXPECT_EQ(span_of(known, ended, week, later), text(ended + week, later, " new"));
  EXPECT_EQ(span_of(known, std::nullopt, week, later), text(ended + week, later, " new"));
}

TEST(Downtime, TheWeekBeginsWhereTheServiceWasThereLast) {
  // A weekly schedule: nothing was due for days while the service was there.
  const Known known{ended - hours(24 * 6), std::nullopt, std::nullopt};
  EXPECT_EQ(span_of(known, ended, week, ended + hours(24 * 6)), "");
  // Its clock was far behind when it was there last; what has a row tells better.
  EXPECT_EQ(span_of({ended, {}, {}}, ended - hours(24 * 300), week, ended + hours(24)), "");
}

TEST(Downtime, OpenSlicesGoOnWhateverTheSpan) {
  const Known known{ended, ended + hours(3), std::nullopt};
  const Instant now = ended + hours(5);
  EXPECT_EQ(span_of(known, ended, seconds(1), now), text(ended + hours(3) + Duration(1), now, " new"));
}

TEST(Downtime, AShortAbsenceAfterALongOneIsNoPartOfIt) {
  const Instant first = ended + hours(24 * 30);
  const store::MissedSpan span = missed_span(1, ended + week, first, 42);
  // Nothing was due since: a daily instance, or a start that was killed while it settled.
  const Known known{ended + hours(1), {}, span};
  EXPECT_EQ(span_of(known, first + hours(5), week, first + hours(6)), text(ended + week, first));
  const Instant second = first + hours(24 * 9);
  EXPECT_EQ(span_of(known, first + hours(5), week, second), text(ended + week, second, " new"));
  // What was due after it has rows: it is history.
  EXPECT_EQ(span_of({first + minutes(1), {}, span}, first, week, first + minutes(5)), "");
}

TEST(Downtime, ASpanThatWasCutIsWrittenAnew) {
  // The clock was ahead, and the store has cut the span at the present.
  const Instant now = ended + hours(24 * 10);
  const store::MissedSpan span = missed_span(1, ended + week, now, 42);
  EXPECT_EQ(span_of({ended + week, {}, span}, ended + hours(24 * 30), week, now),
            text(ended + week, now, " new"));
}

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
