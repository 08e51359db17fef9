#include <cstdint>
#include <optional>

#include "tests/runtime/store/sqlite_fixture.hpp"

namespace camfleet::store {
namespace {

using SqliteListingTest = SqliteStoreTest;

/// A query whose fields may be left out.
struct Asked {
  std::vector<std::int64_t> instances = {};
  std::optional<string> device = {};
  std::optional<Nanoseconds> from = {};
  std::optional<Nanoseconds> to = {};
  SliceState state = SliceState::any;
  std::optional<string> outcome = {};
  std::optional<string> reason = {};
  std::optional<string> algorithm = {};
  std::optional<std::int64_t> finding = {};
  std::optional<string> label = {};
  std::size_t offset = 0;
  std::size_t limit = 100;
  [[nodiscard]] Query query() const {
    return {instances, device,  from,  to, state,  outcome, reason,
            algorithm, finding, label, {}, offset, limit};
  }
};

struct Listed {
  const char* name;
  Asked asked;
  std::vector<Nanoseconds> times;
  std::uint64_t total;
};

TEST_F(SqliteListingTest, SlicesAreListedNewestFirstByFilterAndPage) {
  open();
  for (std::int64_t id = 1; id <= 3; ++id) {
    for (Nanoseconds due = 10 * id; due < 10 * id + 5; ++due) {
      const SliceName name{id, due % 2 == 0 ? "even" : "odd", due};
      commit({SliceDue{name, 0}, ended(name, due % 5 == 0 ? "missed" : "done")});
    }
  }
  std::vector<std::int64_t> many;
  for (std::int64_t id = 3; id < 20'000; ++id) many.push_back(id);
  const Listed table[] = {
      {"none", {}, {}, 0},
      {"unknown", {.instances = {9}}, {}, 0},
      {"one", {.instances = {1}}, {14, 13, 12, 11, 10}, 5},
      {"two, one twice", {.instances = {1, 3, 1}}, {34, 33, 32, 31, 30, 14, 13, 12, 11, 10}, 10},
      {"many", {.instances = many}, {34, 33, 32, 31, 30}, 5},
      {"device", {.instances = {1, 2}, .device = "odd"}, {23, 21, 13, 11}, 4},
      {"from", {.instances = {1, 2}, .from = 13}, {24, 23, 22, 21, 20, 14, 13}, 7},
      {"to", {.instances = {1, 2}, .to = 13}, {12, 11, 10}, 3},
      {"outcome", {.instances = {1, 2, 3}, .outcome = "missed"}, {30, 20, 10}, 3},
      {"algorithm says nothing", {.instances = {1}, .algorithm = "fire"}, {14, 13, 12, 11, 10}, 5},
      {"limit", {.instances = {1, 2}, .limit = 3}, {24, 23, 22}, 10},
      {"second page", {.instances = {1, 2}, .offset = 3, .limit = 3}, {21, 20, 14}, 10},
      {"beyond", {.instances = {1}, .offset = 5}, {}, 5},
      {"limit 0", {.instances = {1}, .limit = 0}, {}, 5},
      {"largest", {.instances = {1}, .offset = SIZE_MAX, .limit = SIZE_MAX}, {}, 5},
      {"all",
       {.instances = {1, 2, 3},
        .device = "even",
        .from = 12,
        .to = 33,
        .outcome = "done",
        .offset = 1,
        .limit = 2},
       {24, 22},
       5},
      {"device as text", {.instances = {1}, .device = "' OR 1 = 1 --"}, {}, 0},
  };
  for (const Listed& row : table) {
    const auto page = store_->slices(row.asked.query()).value();
    std::vector<Nanoseconds> times;
    for (const SliceRecord& slice : page.ended) times.push_back(slice.name.due);
    EXPECT_EQ(times, row.times) << row.name;
    EXPECT_EQ(page.total, row.total) << row.name;
  }
}

TEST_F(SqliteListingTest, SlicesThatRunComeBeforeThoseThatHaveEnded) {
  open();
  for (Nanoseconds due = 1; due <= 6; ++due) commit({SliceDue{{1, "gate", due}, 60}});
  for (const Nanoseconds due : {1, 2, 5}) commit({ended({1, "gate", due})});
  commit({SliceDue{{2, "gate", 9}, 60}});
  struct Mixed {
    const char* name;
    Asked asked;
    std::vector<Nanoseconds> open;
    std::vector<Nanoseconds> ended;
    std::uint64_t total;
  };
  const Mixed table[] = {
      {"all", {.instances = {1}}, {6, 4, 3}, {5, 2, 1}, 6},
      {"first page", {.instances = {1}, .limit = 2}, {6, 4}, {}, 6},
      {"a page of both", {.instances = {1}, .offset = 2, .limit = 2}, {3}, {5}, 6},
      {"last page", {.instances = {1}, .offset = 4, .limit = 2}, {}, {2, 1}, 6},
      {"open", {.instances = {1, 2}, .state = SliceState::open}, {9, 6, 4, 3}, {}, 4},
      {"open, from and to",
       {.instances = {1, 2}, .from = 4, .to = 9, .state = SliceState::open},
       {6, 4},
       {},
       2},
      {"ended", {.instances = {1}, .state = SliceState::ended}, {}, {5, 2, 1}, 3},
      {"an outcome", {.instances = {1}, .outcome = "done"}, {}, {5, 2, 1}, 3},
      {"another device", {.instances = {1}, .device = "yard"}, {}, {}, 0},
  };
  for (const Mixed& row : table) {
    const auto page = store_->slices(row.asked.query()).value();
    std::vector<Nanoseconds> open;
    for (const OpenSlice& one : page.open) open.push_back(one.name.due);
    std::vector<Nanoseconds> ended;
    for (const SliceRecord& one : page.ended) ended.push_back(one.name.due);
    EXPECT_EQ(open, row.open) << row.name;
    EXPECT_EQ(ended, row.ended) << row.name;
    EXPECT_EQ(page.total, row.total) << row.name;
  }
}

TEST_F(SqliteListingTest, FindingsAreListedNewestFirstByFilterAndPage) {
  open();
  for (std::int64_t id = 1; id <= 2; ++id) {
    for (Nanoseconds at = 10 * id; at < 10 * id + 4; ++at) {
      commit({PutFinding{finding({id, id == 1 ? "a" : "b", 1}, at % 2 == 0 ? "fire" : "smoke", at)}});
    }
  }
  const Listed table[] = {
      {"none", {}, {}, 0},
      {"one", {.instances = {1}}, {13, 12, 11, 10}, 4},
      {"both", {.instances = {2, 1}}, {23, 22, 21, 20, 13, 12, 11, 10}, 8},
      {"device", {.instances = {2, 1}, .device = "a"}, {13, 12, 11, 10}, 4},
      {"from and to", {.instances = {2, 1}, .from = 12, .to = 21}, {20, 13, 12}, 3},
      {"algorithm", {.instances = {2, 1}, .algorithm = "fire"}, {22, 20, 12, 10}, 4},
      {"a finding", {.instances = {2, 1}, .finding = 3}, {12}, 1},
      {"a finding of another instance", {.instances = {2}, .finding = 3}, {}, 0},
      {"label", {.instances = {2, 1}, .label = "of 20"}, {20}, 1},
      {"a label of many", {.instances = {2, 1}, .from = 12, .label = "one"}, {23, 22, 21, 20, 13, 12}, 6},
      {"label and algorithm",
       {.instances = {2, 1}, .algorithm = "fire", .label = "one"},
       {22, 20, 12, 10},
       4},
      {"a label that nothing has", {.instances = {2, 1}, .label = "%"}, {}, 0},
      {"outcome says nothing", {.instances = {1}, .outcome = "done"}, {13, 12, 11, 10}, 4},
      {"page", {.instances = {2, 1}, .offset = 2, .limit = 3}, {21, 20, 13}, 8},
  };
  for (const Listed& row : table) {
    const auto page = store_->findings(row.asked.query()).value();
    std::vector<Nanoseconds> times;
    for (const FindingRecord& found : page.items) times.push_back(found.at);
    EXPECT_EQ(times, row.times) << row.name;
    EXPECT_EQ(page.total, row.total) << row.name;
  }
  commit({PutFinding{finding({1, "a", 1}, "later", 13)}});
  EXPECT_EQ(store_->findings(of({1})).value().items.at(0).algorithm, "later");
}

}  // namespace
}  // namespace camfleet::store
