#include <algorithm>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "actors/ledger/ledger_book.hpp"
#include "tests/actors/ledger_fixture.hpp"
#include "tests/actors/property.hpp"

namespace camfleet::testing {
namespace {

class LedgerTest : public ::testing::Test {
 protected:
  /// Writes the rows, each due and ended.
  Ledger written(const std::vector<SliceRow>& rows) {
    Ledger ledger(roster_);
    for (const SliceRow& row : rows) {
      EXPECT_TRUE(ledger.due(row.key, row.planned).has_value());
      EXPECT_TRUE(end(ledger, row).has_value());
    }
    return ledger;
  }

  result<void> end(Ledger& ledger, SliceRow row) {
    row.verdict = judge(row);
    std::string line;
    append_ledger_line(line, row, roster_);
    return ledger.ended(row, line);
  }

  Roster roster_ = two_instances();
};

TEST_F(LedgerTest, SlicesWithoutAnEndRunTogether) {
  Ledger ledger(roster_);
  const Instant due = good_row().key.due_at;
  ASSERT_TRUE(ledger.due({InstanceIx{0}, DeviceIx{0}, due}, Duration(0)).has_value());
  ASSERT_TRUE(ledger.due({InstanceIx{0}, DeviceIx{1}, due}, Duration(0)).has_value());
  ASSERT_TRUE(ledger.due({InstanceIx{1}, DeviceIx{0}, due + hours(1)}, seconds(60)).has_value());
  EXPECT_EQ(ledger.totals().peak, 3U);
}

TEST_F(LedgerTest, WhatIsDueOfAnInstanceThatIsForgottenIsAnothers) {
  Ledger ledger = written({good_row(0), good_row(1)});
  const SliceKey again{InstanceIx{0}, DeviceIx{0}, good_row().key.due_at};
  EXPECT_FALSE(ledger.due(again, seconds(60)).has_value());
  ledger.forget(InstanceIx{0});
  EXPECT_EQ(ledger.last_due(InstanceIx{0}), Instant::min());
  EXPECT_EQ(ledger.last_due(InstanceIx{1}), again.due_at);
  EXPECT_TRUE(ledger.due(again, seconds(60)).has_value());
  EXPECT_FALSE(ledger.due({InstanceIx{1}, DeviceIx{0}, again.due_at}, seconds(60)).has_value());
}

constexpr const char* row_0 = "instance 0, device 0, due 2026-03-01T02:00:00Z: ";

TEST_F(LedgerTest, TotalsAddUp) {
  SliceRow partial = good_row(0, 1);
  partial.algorithms[0] = dropped(account(40, 40), Reason::overload, 20);
  SliceRow missed = good_row(1, 2);
  missed.started_at.reset();
  missed.algorithms = {dropped({}, Reason::camera_offline, 60), dropped({}, Reason::camera_offline, 60)};
  SliceRow skipped = missed;
  skipped.key.device = DeviceIx{3};
  skipped.skipped = true;
  skipped.algorithms = {dropped({}, Reason::stream_off, 60), dropped({}, Reason::stream_off, 60)};
  const Ledger ledger = written({good_row(), partial, missed, skipped});
  EXPECT_TRUE(ledger.closed().has_value());
  EXPECT_EQ(ledger.open(), 0U);
  const LedgerTotals& totals = ledger.totals();
  EXPECT_EQ(totals.slices_due, 4U);
  EXPECT_EQ(totals.slices, (std::array<std::uint64_t, 4>{1, 1, 1, 1}));
  EXPECT_EQ(totals.samples_due, 480U);
  EXPECT_EQ(totals.analysed, 60U + 50 + 40 + 50);
  EXPECT_EQ(totals.gated, 20U);
  EXPECT_EQ(totals.dropped[static_cast<std::size_t>(Reason::overload)], 20U);
  EXPECT_EQ(totals.dropped[static_cast<std::size_t>(Reason::camera_offline)], 120U);
  EXPECT_EQ(totals.dropped[static_cast<std::size_t>(Reason::stream_off)], 120U);
}

TEST_F(LedgerTest, DueTwice) {
  Ledger ledger(roster_);
  const SliceRow row = good_row();
  ASSERT_TRUE(ledger.due(row.key, row.planned).has_value());
  const auto twice = ledger.due(row.key, seconds(30));
  ASSERT_FALSE(twice.has_value());
  EXPECT_EQ(twice.error().code, Errc::broken_invariant);
  EXPECT_EQ(twice.error().line(),
            std::string(row_0) + "due again: the slice before it was due at " + to_iso(row.key.due_at));
  EXPECT_EQ(ledger.totals().slices_due, 1U);
  EXPECT_TRUE(end(ledger, row).has_value());
  EXPECT_FALSE(ledger.due(row.key, row.planned).has_value()) << "not after it has ended either";
  EXPECT_FALSE(
      ledger.due({row.key.instance, row.key.device, row.key.due_at - seconds(600)}, row.planned).has_value())
      << "nor one that should have come before it";
  EXPECT_TRUE(ledger.closed().has_value());
}

TEST_F(LedgerTest, EndedTwiceOrNeverDue) {
  const std::string not_open =
      std::string(row_0) + "ended, but it is not open: it was never due or has ended before";
  Ledger ledger(roster_);
  const SliceRow row = good_row();
  const auto never = end(ledger, row);
  ASSERT_FALSE(never.has_value());
  EXPECT_EQ(never.error().line(), not_open);
  ASSERT_TRUE(ledger.due(row.key, row.planned).has_value());
  ASSERT_TRUE(end(ledger, row).has_value());
  const auto twice = end(ledger, row);
  ASSERT_FALSE(twice.has_value());
  EXPECT_EQ(twice.error().line(), not_open);
  EXPECT_EQ(ledger.totals().slices[0], 1U);
  EXPECT_EQ(ledger.totals().samples_due, 120U);
  EXPECT_TRUE(ledger.closed().has_value());
}

TEST_F(LedgerTest, ABrokenRowStaysOpen) {
  Ledger ledger(roster_);
  SliceRow row = good_row();
  ASSERT_TRUE(ledger.due(row.key, row.planned).has_value());
  row.algorithms[0].due = 61;
  EXPECT_FALSE(end(ledger, row).has_value());
  EXPECT_EQ(ledger.open(), 1U);
  EXPECT_EQ(ledger.totals().samples_due, 0U);
}

TEST_F(LedgerTest, ClosedNamesTheFirstOpenSlice) {
  Ledger ledger(roster_);
  SliceKey key = good_row(1, 1).key;
  ASSERT_TRUE(ledger.due(key, seconds(60)).has_value());
  key.instance = InstanceIx{0};
  key.device = DeviceIx{2};
  ASSERT_TRUE(ledger.due(key, seconds(60)).has_value());
  key.due_at += seconds(1);
  key.device = DeviceIx{0};
  ASSERT_TRUE(ledger.due(key, seconds(60)).has_value());
  const auto closed = ledger.closed();
  ASSERT_FALSE(closed.has_value());
  EXPECT_EQ(closed.error().line(),
            "instance 0, device 2, due 2026-03-01T02:00:00Z: 3 slices have no outcome, this one first");
}

TEST_F(LedgerTest, PeakCountsPlannedSlicesAtOneInstant) {
  Ledger ledger(roster_);
  EXPECT_EQ(ledger.totals().peak, 0U);
  const Instant start = good_row().key.due_at;
  const auto due = [&](std::uint32_t device, int begins_s, int planned_s) {
    const SliceKey key{InstanceIx{0}, DeviceIx{device}, start + seconds(begins_s)};
    EXPECT_TRUE(ledger.due(key, seconds(planned_s)).has_value());
    return ledger.totals().peak;
  };
  EXPECT_EQ(due(0, 0, 60), 1U);
  EXPECT_EQ(due(1, 59, 60), 2U);
  EXPECT_EQ(due(0, 60, 60), 2U);  // the first has just ended
  EXPECT_EQ(due(2, 118, 10), 3U);
  EXPECT_EQ(due(1, 200, 10), 3U);
  SliceKey endless{InstanceIx{1}, DeviceIx{0}, start + seconds(300)};
  EXPECT_TRUE(ledger.due(endless, end_of_time - endless.due_at).has_value());
  EXPECT_EQ(due(3, 100'000, 10), 3U);
}

struct Change {
  const char* name;
  std::function<void(SliceRow&)> change;
  bool of_plan = false;
};

TEST_F(LedgerTest, FingerprintsChangeWithEveryField) {
  const auto move_key = [](SliceRow& r, Duration by) {
    r.key.due_at += by;
    r.started_at = *r.started_at + by;
  };
  const Change changes[] = {
      {"instance", [](SliceRow& r) { r.key.instance = InstanceIx{1}; }, true},
      {"device", [](SliceRow& r) { r.key.device = DeviceIx{3}; }, true},
      {"due_at", [&](SliceRow& r) { move_key(r, Duration(1)); }, true},
      {"planned", [](SliceRow& r) { r.planned += Duration(1); }, true},
      {"started_at", [](SliceRow& r) { *r.started_at += Duration(1); }},
      {"ended_at", [](SliceRow& r) { r.ended_at += Duration(1); }},
      {"observed", [](SliceRow& r) { r.observed -= Duration(1); }},
      {"cut", [](SliceRow& r) { r.cut = true; }},
      {"node", [](SliceRow& r) { r.node = "node-2"; }},
      {"parts",
       [](SliceRow& r) {
         r.parts = {{"a", {}, {}, ""}};
       }},
      {"node of a part",
       [](SliceRow& r) {
         r.parts = {{"b", {}, {}, ""}};
       }},
      {"from of a part",
       [](SliceRow& r) {
         r.parts = {{"a", Instant(seconds(1)), {}, ""}};
       }},
      {"to of a part",
       [](SliceRow& r) {
         r.parts = {{"a", {}, Instant(seconds(1)), ""}};
       }},
      {"why of a part",
       [](SliceRow& r) {
         r.parts = {{"a", {}, {}, "drained"}};
       }},
      {"analysed and gated", [](SliceRow& r) { r.algorithms[1] = account(60, 49, 11); }},
      {"of the other algorithm", [](SliceRow& r) { std::swap(r.algorithms[0], r.algorithms[1]); }},
      {"due", [](SliceRow& r) { r.algorithms[0] = account(61, 61); }},
      {"dropped", [](SliceRow& r) { r.algorithms[0] = dropped(account(59, 59), Reason::overload, 1); }},
      {"reason of a dropped one",
       [](SliceRow& r) { r.algorithms[0] = dropped(account(59, 59), Reason::capacity, 1); }},
  };
  std::map<std::string, std::string> seen{{written({good_row()}).fingerprint(), "nothing"}};
  const std::string plan = written({good_row()}).plan_fingerprint();
  std::map<std::string, std::string> plans{{plan, "nothing"}};
  for (const Change& change : changes) {
    SliceRow row = good_row();
    change.change(row);
    const Ledger ledger = written({row});
    const auto [same, fresh] = seen.emplace(ledger.fingerprint(), change.name);
    EXPECT_TRUE(fresh) << change.name << " gives the fingerprint of " << same->second;
    if (change.of_plan) {
      EXPECT_TRUE(plans.emplace(ledger.plan_fingerprint(), change.name).second) << change.name;
    } else {
      EXPECT_EQ(ledger.plan_fingerprint(), plan) << change.name;
    }
  }
  EXPECT_EQ(Ledger(roster_).fingerprint(), "0000000000000000");
}

TEST_F(LedgerTest, FingerprintsOfARowAreThoseOfItsNamesNotOfItsNumbers) {
  Roster other;
  InstanceSpec spec;
  spec.schedule.windows = {{0, 3600}};
  for (const char* id : {"cam-3", "cam-0"}) {
    ASSERT_TRUE(other.add_device({id, "", "", DeviceKind::live, Duration(0), 0}).has_value());
  }
  spec.devices.resize(1);
  spec.devices[0].id = "cam-0";
  for (const char* id : {"face", "person"}) {
    ASSERT_TRUE(other.add_algorithm(id).has_value());
    spec.algorithms.push_back({id, id});
  }
  ASSERT_TRUE(other.add_instance("first", spec, Instant()).has_value());
  const Ledger here = written({good_row()});
  roster_ = std::move(other);
  const Ledger there = written({good_row(0, 1)});
  EXPECT_EQ(here.fingerprint(), there.fingerprint());
  EXPECT_EQ(here.plan_fingerprint(), there.plan_fingerprint());
}

TEST_F(LedgerTest, FingerprintsDoNotDependOnTheOrder) {
  std::vector<SliceRow> rows;
  for (std::uint32_t i = 0; i < 8; ++i) {
    rows.push_back(good_row(i / 4, i % 4));
    rows.back().ended_at += seconds(i);
  }
  const Ledger first = written(rows);
  check_property([&] {
    auto shuffled = rows;
    for (std::size_t i = shuffled.size(); i > 1; --i)
      std::swap(shuffled[i - 1], shuffled[*rc::gen::inRange<std::size_t>(0, i)]);
    const Ledger ledger = written(shuffled);
    RC_ASSERT(ledger.fingerprint() == first.fingerprint());
    RC_ASSERT(ledger.plan_fingerprint() == first.plan_fingerprint());
  });
  rows.pop_back();
  EXPECT_NE(written(rows).fingerprint(), first.fingerprint());
}

TEST_F(LedgerTest, AGoldenLine) {
  std::string line = "before ";
  append_ledger_line(line, good_row(1, 2), roster_);
  EXPECT_EQ(
      line,
      R"(before {"instance":"second","device":"cam-2","due_at":"2026-03-01T02:00:00Z",)"
      R"("started_at":"2026-03-01T02:00:00.020Z","ended_at":"2026-03-01T02:01:00Z","planned_s":60,"observed_s":60,)"
      R"("cut":false,"outcome":"done","reason":null,"node":"node-1","parts":[],"algorithms":[)"
      R"({"algorithm":"face","due":60,"analysed":60,"gated":0,"dropped":{}},)"
      R"({"algorithm":"person","due":60,"analysed":50,"gated":10,"dropped":{}}]})");
}

TEST_F(LedgerTest, WordsAreInTheLineAndNotInTheFingerprint) {
  const std::string device = roster_[good_row().key.device].id;
  const auto book_of = [&](const std::string& detail, std::string& line) {
    LedgerBook book(roster_, [&](const SliceRow&, std::string_view text) { line = text; });
    SliceRow row = good_row();
    row.detail = detail;
    book.due(row.key, row.planned);
    book.ended(row);
    return book.ledger().fingerprint();
  };
  std::string with;
  std::string without;
  EXPECT_EQ(book_of("says \"no\"", with), book_of("", without));
  EXPECT_EQ(with, without.substr(0, without.size() - 2) + R"(,"detail":"says \"no\""})" + "\n");
}

TEST_F(LedgerTest, DetailsAreShortAndPlain) {
  EXPECT_EQ(detail_text("a\nb\x01"
                        "c\xff"
                        "d"),
            "a?b?c?d");
  std::string umlauts;
  for (int i = 0; i < 300; ++i) umlauts += "\u00fc";
  EXPECT_EQ(detail_text(umlauts), umlauts.substr(0, 2 * most_detail)) << "characters are kept whole";
}

TEST_F(LedgerTest, AGoldenLineOfASliceThatMoved) {
  SliceRow row = good_row();
  row.started_at.reset();
  row.cut = true;
  row.observed = milliseconds(12'500);
  row.node = "node \"2\"";
  row.parts = {{"node-1", row.key.due_at, row.key.due_at + seconds(20), "node_lost"},
               {"node \"2\"", row.key.due_at + seconds(20), row.ended_at, ""}};
  row.algorithms = {dropped(dropped({}, Reason::node_lost, 50), Reason::camera_offline, 10),
                    dropped({}, Reason::node_lost, 60)};
  row.verdict = judge(row);
  std::string line;
  append_ledger_line(line, row, roster_);
  EXPECT_EQ(
      line,
      R"({"instance":"first","device":"cam-0","due_at":"2026-03-01T02:00:00Z","started_at":null,)"
      R"("ended_at":"2026-03-01T02:01:00Z","planned_s":60,"observed_s":12.5,"cut":true,"outcome":"missed",)"
      R"("reason":"node_lost","node":"node \"2\"","parts":[)"
      R"({"node":"node-1","from":"2026-03-01T02:00:00Z","to":"2026-03-01T02:00:20Z","why":"node_lost"},)"
      R"({"node":"node \"2\"","from":"2026-03-01T02:00:20Z","to":"2026-03-01T02:01:00Z","why":null}],)"
      R"("algorithms":[{"algorithm":"face","due":60,"analysed":0,"gated":0,"dropped":{"camera_offline":10,"node_lost":50}},)"
      R"({"algorithm":"person","due":60,"analysed":0,"gated":0,"dropped":{"node_lost":60}}]})");
}

}  // namespace
}  // namespace camfleet::testing
