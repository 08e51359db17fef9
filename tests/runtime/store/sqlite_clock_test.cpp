// What a store keeps of the clock, and takes back when that was ahead.
#include "tests/runtime/store/sqlite_fixture.hpp"

namespace camfleet::store {
namespace {

string down(Nanoseconds due) {
  return R"({"due":)" + std::to_string(due) + R"(,"reason":"scheduler_down"})";
}

SliceEnded missed(const SliceName& name, const string& line) {
  return {{name, "missed", line}};
}

MissedSpan span(std::int64_t instance, Nanoseconds from, Nanoseconds until) {
  return {instance, from, until, "span " + std::to_string(from)};
}

TEST_F(SqliteStoreTest, KnowsWhenItWasUsedLastAndHow) {
  open();
  EXPECT_EQ(loaded().life, std::nullopt);
  commit({PutLife{{100, false}}});
  commit({PutLife{{200, true}}});
  EXPECT_EQ(reopened().life, (Life{200, true}));
}

TEST_F(SqliteStoreTest, ASpanIsListedAmongTheSlicesOfItsInstance) {
  open();
  commit({PutInstance{instance(1)}, PutInstance{instance(2)}, SliceDue{{1, "a", 10}, 1}, ended({1, "a", 10}),
          SliceDue{{1, "a", 90}, 1}, ended({1, "a", 90}), PutMissedSpan{span(1, 20, 80)}});
  commit({PutMissedSpan{span(1, 20, 85)}, PutMissedSpan{span(2, 20, 30)}, EndInstance{2, 99}});
  EXPECT_EQ(reopened().spans, (std::vector<MissedSpan>{span(1, 20, 85)}));
  EXPECT_EQ(loaded().last_due[0].due, 90) << "a span is no slice that became due";
  const auto due = [&](const Query& query) {
    std::vector<Nanoseconds> list;
    const auto page = store_->slices(query).value();
    for (const SliceRecord& one : page.ended) list.push_back(one.name.due);
    EXPECT_EQ(page.total, list.size());
    return list;
  };
  Query query = of({1});
  EXPECT_EQ(due(query), (std::vector<Nanoseconds>{90, 20, 10}));
  query.device = "a";
  EXPECT_EQ(due(query), (std::vector<Nanoseconds>{90, 20, 10})) << "it is every device's";
  query.outcome = "missed";
  EXPECT_EQ(due(query), (std::vector<Nanoseconds>{20}));
  query.outcome.reset();
  query.from = 50;
  EXPECT_EQ(due(query), (std::vector<Nanoseconds>{90, 20})) << "50 is in the middle of it";
  query.from = 85;
  EXPECT_EQ(due(query), (std::vector<Nanoseconds>{90}));
  query.from.reset();
  query.to = 20;
  EXPECT_EQ(due(query), (std::vector<Nanoseconds>{10}));
}

TEST_F(SqliteStoreTest, WhatAClockThatWasAheadWroteOffIsTakenBack) {
  open();
  commit({PutInstance{instance(1)}, PutInstance{instance(2)}, PutInstance{instance(3)}});
  // Up to 30 it was well; then it was down, by a clock that was ahead, and well again until 70.
  for (const Nanoseconds due : {10, 20, 30, 40, 50, 60, 70}) {
    commit({SliceDue{{1, "a", due}, 1}, SliceDue{{2, "a", due}, 1}, SliceDue{{3, "a", due}, 1}});
    const bool was_down = due == 20 || (due >= 40 && due <= 60);
    commit({was_down ? missed({1, "a", due}, down(due)) : ended({1, "a", due}), ended({2, "a", due}),
            missed({3, "a", due}, down(due))});
  }
  commit({SliceDue{{2, "b", 80}, 1}, SliceDue{{2, "b", 20}, 1}});
  commit({PutFinding{finding({2, "b", 80}, "1", 80)}, PutFinding{finding({2, "b", 20}, "1", 25)},
          PutFinding{finding({2, "a", 70}, "1", 70)}});
  commit({PutMissedSpan{span(1, 45, 48)}, PutMissedSpan{span(2, 30, 60)}, EndInstance{3, 71}});
  const Withdrawn withdrawn = store_->withdraw(40).value();
  EXPECT_EQ(withdrawn.slices, 2U) << "those due at 50 and 60: 40 has come";
  EXPECT_EQ(withdrawn.open, 1U);
  EXPECT_EQ(withdrawn.findings, 1U) << "of the one that had begun and is due again";
  EXPECT_EQ(number("SELECT count(*) FROM findings"), 2);
  EXPECT_EQ(withdrawn.spans, 2U);
  State state = reopened();
  EXPECT_EQ(state.spans, (std::vector<MissedSpan>{{2, 30, 40, "span 30"}}));
  ASSERT_EQ(state.open_slices.size(), 1U);
  EXPECT_EQ(state.open_slices[0].name, (SliceName{2, "b", 20}));
  ASSERT_EQ(state.last_due.size(), 2U);
  EXPECT_EQ(state.last_due[0].due, 44) << "from 45 on there are slices without a row";
  EXPECT_EQ(state.last_due[0].ended, (std::vector<EndedSlice>{{"a", 70}}));
  EXPECT_EQ(state.last_due[1].due, 29) << "what runs at 40 is not over";
  EXPECT_EQ(state.last_due[1].ended,
            (std::vector<EndedSlice>{{"a", 30}, {"a", 40}, {"a", 50}, {"a", 60}, {"a", 70}}));
  EXPECT_EQ(store_->slices(of({3})).value().total, 7U) << "a deleted instance keeps its account";
  commit({SliceDue{{1, "a", 50}, 1}, ended({1, "a", 50})});
  EXPECT_EQ(store_->withdraw(40).value().slices, 0U);
  EXPECT_EQ(reopened().last_due[0].due, 50);
}

TEST_F(SqliteStoreTest, WhatAWrongClockWroteOfASliceThatIsUnderWayIsTakenBack) {
  open();
  const Nanoseconds second = 1'000'000'000;
  const auto line = [](const string& reason, const string& started, const string& ended_at) {
    return R"({"reason":")" + reason + R"(","started_at":)" + started + R"(,"ended_at":")" + ended_at +
           R"("})";
  };
  commit({PutInstance{instance(1)}});
  const std::vector<std::pair<Nanoseconds, string>> rows{
      {10, line("scheduler_down", "null", "1970-01-01T00:00:30Z")},
      {20, line("scheduler_down", "null", "1970-02-01T00:00:00.5Z")},
      {30, line("late_start", "null", "1970-02-01T00:00:00Z")},
      {35, line("camera_offline", "null", "1970-02-01T00:00:00Z")},
      {37, line("scheduler_down", "\"1970-01-01T00:00:37Z\"", "1970-02-01T00:00:00Z")},
      {90, line("store_behind", "null", "1970-02-01T00:00:00Z")}};
  for (const auto& [due, text] : rows) {
    commit({SliceDue{{1, "a", due * second}, 1}});
    commit({missed({1, "a", due * second}, text)});
  }
  EXPECT_EQ(store_->withdraw(40 * second).value().slices, 3U) << "those of 20, 30 and 90";
  const State state = reopened();
  EXPECT_EQ(state.last_due[0].due, 20 * second - 1);
  EXPECT_EQ(state.last_due[0].ended, (std::vector<EndedSlice>{{"a", 35 * second}, {"a", 37 * second}}));
}

TEST_F(SqliteStoreTest, ASpanOfWhichNothingIsLeftGoes) {
  open();
  commit({PutInstance{instance(1)}, PutMissedSpan{span(1, 20, 80)}, PutMissedSpan{span(1, 90, 95)}});
  commit({DropMissedSpan{1, 20}, DropMissedSpan{1, 50}});
  EXPECT_EQ(reopened().spans, (std::vector<MissedSpan>{span(1, 90, 95)}));
}

}  // namespace
}  // namespace camfleet::store
