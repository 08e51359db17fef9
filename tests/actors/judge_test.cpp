#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "tests/actors/ledger_fixture.hpp"

namespace camfleet::testing {
namespace {

struct Case {
  const char* name;
  std::function<void(SliceRow&)> change;
  Outcome outcome;
  Reason reason;
};

TEST(Judge, Table) {
  const Case cases[] = {
      {"all analysed or gated", [](SliceRow&) {}, Outcome::done, Reason::none},
      {"all gated", [](SliceRow& r) { r.algorithms = {account(60, 0, 60)}; }, Outcome::done, Reason::none},
      {"a fault that cost nothing", [](SliceRow& r) { r.fault = Reason::node_lost; }, Outcome::done,
       Reason::none},
      {"moved, nothing lost",
       [](SliceRow& r) {
         r.parts = {{"a", {}, {}, "node_lost"}, {"b", {}, {}, ""}};
       },
       Outcome::done, Reason::none},
      {"one sample short",
       [](SliceRow& r) { r.algorithms[0] = dropped(account(59, 59), Reason::overload, 1); }, Outcome::partial,
       Reason::overload},
      {"one gated, the rest dropped",
       [](SliceRow& r) { r.algorithms = {dropped(account(1, 0, 1), Reason::camera_offline, 59)}; },
       Outcome::partial, Reason::camera_offline},
      {"none analysed", [](SliceRow& r) { r.algorithms = {dropped({}, Reason::late_start, 60)}; },
       Outcome::missed, Reason::late_start},
      {"the worst algorithm counts: missed beside done",
       [](SliceRow& r) { r.algorithms[1] = dropped({}, Reason::analysis_failed, 60); }, Outcome::missed,
       Reason::analysis_failed},
      {"partial beside done",
       [](SliceRow& r) { r.algorithms[0] = dropped(account(1, 1), Reason::overload, 59); }, Outcome::partial,
       Reason::overload},
      {"the commonest reason of all samples",
       [](SliceRow& r) {
         r.algorithms[0] = dropped(dropped(account(1, 1), Reason::stream_corrupt, 30), Reason::overload, 29);
         r.algorithms[1] = dropped(account(1, 1), Reason::overload, 59);
       },
       Outcome::partial, Reason::overload},
      {"of equally common ones the first of the list",
       [](SliceRow& r) {
         r.algorithms = {
             dropped(dropped(account(10, 10), Reason::cancelled, 25), Reason::camera_offline, 25)};
       },
       Outcome::partial, Reason::camera_offline},
      {"reasons are counted over algorithms, ties too",
       [](SliceRow& r) {
         r.algorithms = {dropped(account(30, 30), Reason::scheduler_down, 30),
                         dropped(account(30, 30), Reason::capacity, 30)};
       },
       Outcome::partial, Reason::capacity},
      {"skipped beforehand",
       [](SliceRow& r) {
         r.skipped = true;
         r.algorithms = {dropped({}, Reason::stream_off, 60)};
       },
       Outcome::skipped, Reason::stream_off},
      {"every frame, nothing delivered",
       [](SliceRow& r) {
         r.algorithms = {account(0, 0)};
         r.fault = Reason::camera_offline;
       },
       Outcome::missed, Reason::camera_offline},
      {"every frame, delivered and then lost",
       [](SliceRow& r) {
         r.algorithms = {account(700, 700)};
         r.fault = Reason::camera_offline;
       },
       Outcome::done, Reason::none},
      {"dropped samples tell more than the fault",
       [](SliceRow& r) {
         r.algorithms = {dropped({}, Reason::overload, 3)};
         r.fault = Reason::camera_offline;
       },
       Outcome::missed, Reason::overload},
  };
  for (const Case& c : cases) {
    SliceRow row = good_row();
    c.change(row);
    const Judgement got = judge(row);
    EXPECT_EQ(to_text(got.outcome), to_text(c.outcome)) << c.name;
    EXPECT_EQ(to_text(got.reason), to_text(c.reason)) << c.name;
  }
}

TEST(Outcomes, ReasonsAreAClosedList) {
  std::string names;
  for (std::size_t i = 0; i < reason_count; ++i) names += std::string(to_text(static_cast<Reason>(i))) + " ";
  EXPECT_EQ(names,
            "none camera_offline stream_corrupt source_ended analysis_failed node_lost overload capacity "
            "late_start "
            "cancelled stream_off scheduler_down store_behind ");
}

struct BrokenCase {
  const char* name;
  std::function<void(SliceRow&)> change;
  std::string what;
};

TEST(CheckRow, TheGoodRowIsFine) {
  EXPECT_TRUE(check_row(good_row()).has_value());
}

TEST(CheckRow, EachBrokenRowIsCaught) {
  const BrokenCase cases[] = {
      {"no algorithm", [](SliceRow& r) { r.algorithms.clear(); }, "a row has 1 to 16 algorithms"},
      {"17 algorithms", [](SliceRow& r) { r.algorithms.resize(17, account(1, 1)); },
       "a row has 1 to 16 algorithms"},
      {"a sample without an account", [](SliceRow& r) { r.algorithms[1].due = 61; },
       "algorithm 1: due 61 is not analysed 50 + gated 10 + dropped 0"},
      {"a sample too many", [](SliceRow& r) { r.algorithms[0].drop(Reason::overload); },
       "algorithm 0: due 60 is not analysed 60 + gated 0 + dropped 1"},
      {"sums that only match in 32 bits", [](SliceRow& r) { r.algorithms[0] = account(0, 0xFFFF'FFFF, 1); },
       "algorithm 0: due 0 is not analysed 4294967295 + gated 1 + dropped 0"},
      {"dropped without a reason",
       [](SliceRow& r) { r.algorithms[0] = dropped(account(59, 59), Reason::none, 1); },
       "samples were dropped without a reason"},
      {"skipped, but analysed", [](SliceRow& r) { r.skipped = true; },
       "a skipped slice has analysed samples"},
      {"skipped, but gated",
       [](SliceRow& r) {
         r.skipped = true;
         r.algorithms = {dropped(account(1, 0, 1), Reason::stream_off, 59)};
       },
       "a skipped slice has analysed samples"},
      {"analysed, but never started", [](SliceRow& r) { r.started_at.reset(); },
       "analysed, but never started"},
      {"started early", [](SliceRow& r) { r.started_at = r.key.due_at - Duration(1); },
       "started before it was due"},
      {"ended before its start", [](SliceRow& r) { r.ended_at = *r.started_at - Duration(1); },
       "ended before its start"},
      {"ended before it was due",
       [](SliceRow& r) {
         r.started_at.reset();
         r.algorithms = {dropped({}, Reason::camera_offline, 60)};
         r.ended_at = r.key.due_at - Duration(1);
       },
       "ended before its start"},
      {"more observed than planned", [](SliceRow& r) { r.observed = seconds(61); },
       "observed 61 s of planned 60 s"},
      {"a negative span", [](SliceRow& r) { r.observed = seconds(-1); }, "observed -1 s of planned 60 s"},
      {"a negative plan",
       [](SliceRow& r) {
         r.planned = seconds(-1);
         r.observed = seconds(-1);
       },
       "observed -1 s of planned -1 s"},
      {"nothing delivered and no fault", [](SliceRow& r) { r.algorithms = {account(0, 0)}; },
       "not done, but without a reason"},
      {"skipped without a reason",
       [](SliceRow& r) {
         r.skipped = true;
         r.algorithms = {account(0, 0)};
       },
       "not done, but without a reason"},
  };
  for (const BrokenCase& c : cases) {
    SliceRow row = good_row();
    c.change(row);
    row.verdict = judge(row);
    const auto checked = check_row(row);
    if (checked.has_value()) {
      ADD_FAILURE() << c.name << ": not caught";
      continue;
    }
    EXPECT_EQ(checked.error().code, Errc::broken_invariant) << c.name;
    EXPECT_EQ(checked.error().line(), "instance 0, device 0, due 2026-03-01T02:00:00Z: " + c.what) << c.name;
  }
}

TEST(CheckRow, AVerdictFollowsFromTheSamples) {
  SliceRow row = good_row();
  ASSERT_TRUE(check_row(row).has_value());
  row.verdict = {Outcome::partial, Reason::overload};
  const auto checked = check_row(row);
  ASSERT_FALSE(checked.has_value());
  EXPECT_EQ(checked.error().what, "its verdict is not what its samples say");
}

}  // namespace
}  // namespace camfleet::testing
