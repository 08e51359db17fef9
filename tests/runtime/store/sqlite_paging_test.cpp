// Pages of slices and findings against a list that is searched from end to end.
#include <algorithm>
#include <array>
#include <random>
#include <tuple>

#include "runtime/store/migrations.hpp"
#include "runtime/store/sqlite_pages.hpp"
#include "tests/runtime/store/sqlite_fixture.hpp"

namespace camfleet::store {
namespace {

constexpr Nanoseconds hour = 3600LL * 1'000'000'000;
constexpr Nanoseconds monday = 1'772'380'800LL * 1'000'000'000;
constexpr std::array<const char*, 4> outcomes{"done", "partial", "missed", "skipped"};
constexpr std::array<const char*, 2> reasons{"camera_offline", "overload"};
constexpr std::array<const char*, 3> algorithms{"1", "2", "3"};
constexpr std::array<const char*, 3> labels{"person", "car", "plate"};
constexpr int devices = 5;

struct Slice {
  SliceName name;
  string outcome;
  string reason;
};

class SqlitePagingTest : public SqliteStoreTest {
 protected:
  std::mt19937_64 random_{7};  // NOLINT: the same each time

  std::int64_t any(std::int64_t end) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(end));
  }
  template <class Table>
  string one_of(const Table& table) {
    return table[static_cast<std::size_t>(any(static_cast<std::int64_t>(table.size())))];
  }
  string any_device() { return "cam " + std::to_string(any(devices)); }
  /// Some at whole spans, which are bounds of what is counted.
  Nanoseconds any_time() { return monday + any(5 * 24) * hour + (any(3) == 0 ? 0 : any(hour)); }

  std::vector<Slice> put_slices(std::int64_t instances, int count) {
    std::vector<Slice> all;
    Changes changes;
    for (int i = 0; i < count; ++i) {
      Slice slice{{any(instances) + 1, any_device(), any_time()}, one_of(outcomes), ""};
      const bool is_there =
          std::ranges::any_of(all, [&](const Slice& one) { return one.name == slice.name; });
      if (is_there) continue;
      if (slice.outcome != "done") slice.reason = one_of(reasons);
      const string reason = slice.reason.empty() ? "null" : '"' + slice.reason + '"';
      changes.emplace_back(SliceDue{slice.name, 0});
      changes.emplace_back(SliceEnded{{slice.name, slice.outcome, R"({"reason":)" + reason + "}"}});
      all.push_back(std::move(slice));
    }
    commit(changes);
    return all;
  }

  struct Found {
    FindingRecord finding;
    std::vector<string> labels;
  };
  std::vector<Found> put_findings(std::int64_t instances, int count) {
    std::vector<Found> all;
    for (int i = 0; i < count; ++i) {
      Found found;
      found.finding = {i + 1, {any(instances) + 1, any_device(), 1}, one_of(algorithms), any_time(), "", ""};
      found.finding.slice.due = i;
      string boxes;
      for (std::int64_t box = any(4); box > 0; --box) {
        found.labels.push_back(one_of(labels));
        boxes += (boxes.empty() ? R"({"label":")" : R"(,{"label":")") + found.labels.back() + "\"}";
      }
      found.finding.line = R"({"boxes":[)" + boxes + "]}";
      all.push_back(std::move(found));
    }
    Changes changes;
    for (const Found& found : all) changes.emplace_back(PutFinding{found.finding});
    commit(changes);
    return all;
  }

  Query any_query(std::int64_t instances) {
    Query query;
    const std::int64_t asked = any(4) == 0 ? 1 : any(instances) + 1;
    for (std::int64_t i = 0; i < asked; ++i) query.instances.push_back(any(instances + 1) + 1);
    if (any(3) == 0) query.device = any_device();
    if (any(2) == 0) query.from = any_time();
    if (any(2) == 0) query.to = any_time();
    if (any(3) == 0) query.outcome = one_of(outcomes);
    if (any(4) == 0) query.reason = one_of(reasons);
    if (any(3) == 0) query.algorithm = one_of(algorithms);
    if (any(3) == 0) query.label = one_of(labels);
    query.offset = static_cast<std::size_t>(any(3) == 0 ? any(50) : 0);
    query.limit = static_cast<std::size_t>(any(40) + 1);
    return query;
  }
};

bool is_asked(const Query& query, std::int64_t instance, const string& device, Nanoseconds at) {
  return std::ranges::find(query.instances, instance) != query.instances.end() &&
         (!query.device || *query.device == device) && (!query.from || at >= *query.from) &&
         (!query.to || at < *query.to);
}

template <class T>
std::vector<T> page_of(const std::vector<T>& all, const Query& query) {
  const std::size_t first = std::min(query.offset, all.size());
  const std::size_t count = std::min(query.limit, all.size() - first);
  return {all.begin() + static_cast<std::ptrdiff_t>(first),
          all.begin() + static_cast<std::ptrdiff_t>(first + count)};
}

TEST_F(SqlitePagingTest, SlicesAreThoseThatASearchFinds) {
  for (const std::int64_t instances : {std::int64_t{3}, static_cast<std::int64_t>(few_instances) + 100}) {
    fs::remove(path_);
    open();
    const std::vector<Slice> all = put_slices(instances, 1500);
    for (int round = 0; round < 300; ++round) {
      Query query = any_query(instances);
      std::vector<SliceName> right;
      for (const Slice& one : all) {
        if (is_asked(query, one.name.instance, one.name.device, one.name.due) &&
            (!query.outcome || *query.outcome == one.outcome) &&
            (!query.reason || *query.reason == one.reason))
          right.push_back(one.name);
      }
      std::ranges::sort(right, std::greater<>(),
                        [](const SliceName& name) { return std::tie(name.due, name.instance, name.device); });
      std::vector<SliceName> listed;
      std::optional<Cursor> next;
      const auto list = [&] {
        const SlicePage page = store_->slices(query).value();
        EXPECT_EQ(page.total, right.size()) << round;
        listed.clear();
        for (const SliceRecord& one : page.ended) listed.push_back(one.name);
        next = page.next;
      };
      list();
      ASSERT_EQ(listed, page_of(right, query)) << round;
      // The following page, told by where this one ended.
      query.offset += listed.size();
      const auto following = page_of(right, query);
      ASSERT_EQ(next.has_value(), !listed.empty() && !following.empty()) << round;
      if (!next) continue;
      query.after = next;
      query.offset = 0;
      list();
      ASSERT_EQ(listed, following) << round;
    }
  }
}

TEST_F(SqlitePagingTest, FindingsAreThoseThatASearchFinds) {
  for (const std::int64_t instances : {std::int64_t{3}, static_cast<std::int64_t>(few_instances) + 100}) {
    fs::remove(path_);
    open();
    const std::vector<Found> all = put_findings(instances, 1200);
    for (int round = 0; round < 300; ++round) {
      Query query = any_query(instances);
      std::vector<std::pair<Nanoseconds, std::int64_t>> right;
      for (const Found& one : all) {
        const FindingRecord& finding = one.finding;
        if (is_asked(query, finding.slice.instance, finding.slice.device, finding.at) &&
            (!query.algorithm || *query.algorithm == finding.algorithm) &&
            (!query.label || std::ranges::find(one.labels, *query.label) != one.labels.end()))
          right.emplace_back(finding.at, finding.id);
      }
      std::ranges::sort(right, std::greater<>());
      std::vector<std::pair<Nanoseconds, std::int64_t>> listed;
      std::optional<Cursor> next;
      const auto list = [&] {
        const auto page = store_->findings(query).value();
        EXPECT_EQ(page.total, right.size()) << round;
        listed.clear();
        for (const FindingRecord& one : page.items) listed.emplace_back(one.at, one.id);
        next = page.next;
      };
      list();
      ASSERT_EQ(listed, page_of(right, query)) << round;
      query.offset += listed.size();
      const auto following = page_of(right, query);
      ASSERT_EQ(next.has_value(), !listed.empty() && !following.empty()) << round;
      if (!next) continue;
      query.after = next;
      query.offset = 0;
      list();
      ASSERT_EQ(listed, following) << round;
    }
  }
}

TEST_F(SqlitePagingTest, PagesGoThroughWhatRunsAndWhatHasEnded) {
  open();
  for (Nanoseconds due = 1; due <= 7; ++due) commit({SliceDue{{1, "gate", due}, 60}});
  for (const Nanoseconds due : {1, 2, 5, 6}) commit({ended({1, "gate", due})});
  for (const std::size_t limit : {1, 2, 3, 4, 7, 100}) {
    Query query = of({1});
    query.limit = limit;
    std::vector<Nanoseconds> listed;
    for (int pages = 0; pages < 10; ++pages) {
      const SlicePage page = store_->slices(query).value();
      EXPECT_EQ(page.total, 7U);
      for (const OpenSlice& one : page.open) listed.push_back(one.name.due);
      for (const SliceRecord& one : page.ended) listed.push_back(one.name.due);
      query.after = page.next;
      if (!page.next) break;
    }
    EXPECT_EQ(listed, (std::vector<Nanoseconds>{7, 4, 3, 6, 5, 2, 1})) << limit;
  }
}

TEST_F(SqlitePagingTest, CountsFollowWhatIsTakenBackAndWhatAnOlderVersionLeft) {
  open();
  put_slices(4, 200);
  put_findings(4, 200);
  for (std::int64_t id = 1; id <= 4; ++id) commit({PutInstance{instance(id)}});
  commit({SliceDue{{1, "cam 1", monday + 1}, 0}, SliceDue{{2, "cam 2", monday + 2}, 0},
          PutFinding{finding({1, "cam 1", monday + 1}, "1", monday + 5)},
          PutMissedSpan{{3, monday, monday + hour, R"({"reason":"scheduler_down"})"}},
          PutMissedSpan{{3, monday, monday + 2 * hour, R"({"reason":"scheduler_down"})"}}});
  ASSERT_TRUE(store_->withdraw(monday).has_value());
  const auto agree = [&](const string& table, const string& which, const string& counted) {
    for (const char* spans : {"=", "<>"}) {
      EXPECT_EQ(number("SELECT sum(" + table.substr(0, table.find(' ')) + ") FROM " +
                       table.substr(table.find(' ')) + " WHERE span " + spans + " -1000000000" + which),
                number(counted))
          << table << spans << which;
    }
    EXPECT_GT(number(counted), 0) << counted;
  };
  const auto all_agree = [&] {
    agree("slices slice_counts", "", "SELECT count(*) FROM slices");
    agree("slices slice_counts", " AND instance = 3 AND outcome = 'missed' AND reason = 'overload'",
          "SELECT count(*) FROM slices WHERE instance = 3 AND outcome = 'missed' AND reason = 'overload'");
    agree("findings finding_counts", "", "SELECT count(*) FROM findings");
    agree("findings label_counts", " AND label = 'car' AND algorithm = '2'",
          "SELECT count(DISTINCT findings.id) FROM findings, json_each(line, '$.boxes') "
          "WHERE value ->> 'label' = 'car' AND algorithm = '2'");
  };
  all_agree();
  EXPECT_EQ(number("SELECT count(*) FROM finding_labels WHERE label = 'one'"), 0)
      << "of the finding that went";
  const std::uint64_t total = store_->slices(of({1, 2, 3, 4})).value().total;
  store_.reset();

  const string old_path = (folder_ / "old.db").string();
  {
    SQLite::Database old(old_path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    for (std::size_t i = 0; i < 6; ++i) old.exec(migrations()[i]);
    old.exec("PRAGMA application_id = " + std::to_string(application_id));
    old.exec("PRAGMA user_version = 6");
    old.exec("ATTACH '" + path_ + "' AS made");
    old.exec("INSERT INTO slices SELECT instance, device, due, outcome, line, until FROM made.slices");
    old.exec("INSERT INTO findings SELECT * FROM made.findings");
  }
  path_ = old_path;
  open();
  all_agree();
  EXPECT_EQ(store_->slices(of({1, 2, 3, 4})).value().total, total);
}

TEST_F(SqlitePagingTest, ColumnsSayWhatTheLineSays) {
  open();
  commit({SliceDue{{1, "a", 1}, 0}, ended({1, "a", 1}, "partial"), SliceDue{{1, "b", 1}, 0},
          SliceEnded{{{1, "b", 1}, "done", "no JSON"}}});
  EXPECT_EQ(
      number("SELECT samples * 100 + analysed * 10 + gated FROM slices WHERE reason = 'camera_offline' AND "
             "node = 'here'"),
      1031);
  EXPECT_EQ(number("SELECT count(*) FROM slices WHERE reason IS NULL AND node IS NULL AND samples IS NULL"),
            1);
}

}  // namespace
}  // namespace camfleet::store
