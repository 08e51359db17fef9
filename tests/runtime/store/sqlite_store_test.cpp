#include <algorithm>
#include <csignal>
#include <thread>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/store/migrations.hpp"
#include "tests/runtime/store/sqlite_fixture.hpp"

namespace camfleet::store {
namespace {

TEST_F(SqliteStoreTest, NewAndEmptyFilesAreBroughtToTheNewestSchema) {
  for (const bool empty_file : {false, true}) {
    fs::remove(path_);
    if (empty_file) std::ofstream(path_).close();
    const State state = reopened();
    EXPECT_TRUE(state.instances.empty() && state.devices.empty() && state.open_slices.empty());
    EXPECT_TRUE(state.last_due.empty());
    EXPECT_EQ(state.last_instance, 0);
    EXPECT_EQ(number("PRAGMA application_id"), application_id);
    EXPECT_EQ(number("PRAGMA user_version"), static_cast<int>(migrations().size()));
    store_.reset();
    EXPECT_FALSE(fs::exists(path_ + "-wal"));
  }
}

TEST_F(SqliteStoreTest, EveryPreviousSchemaKeepsItsRows) {
  for (std::size_t version = 1; version < migrations().size(); ++version) {
    SCOPED_TRACE(version);
    store_.reset();
    fs::remove(path_);
    {
      SQLite::Database old(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
      for (std::size_t i = 0; i < version; ++i) old.exec(migrations()[i]);
      old.exec("PRAGMA application_id = " + std::to_string(application_id));
      old.exec("PRAGMA user_version = " + std::to_string(version));
      old.exec("INSERT INTO instances VALUES (7, 'p', 'n', '{}', '[1,-2]', 5, NULL, 60)");
      if (version < 4) {
        old.exec(R"(INSERT INTO devices VALUES ('cam', 'p', '{"Type":"IPC","StreamOn":false}', 3))");
        old.exec(R"(INSERT INTO devices VALUES ('of the fleet', 'q', '{"StreamOn":true}', 3))");
      } else {
        old.exec(R"(INSERT INTO devices VALUES ('cam', 'p', '{"Type":"IPC"}', 3))");
        old.exec(
            "INSERT INTO switched_streams VALUES ('p', 'cam', 0), ('p', 'of the fleet', 1), ('q', 'of the "
            "fleet', 1)");
      }
      old.exec("INSERT INTO open_slices (instance, device, due, planned) VALUES (7, 'cam', 60, 4)");
      old.exec(
          "INSERT INTO slices (instance, device, due, outcome, line) VALUES (7, 'cam', 30, 'done', 'l')");
      old.exec("INSERT INTO findings VALUES (9, 7, 'cam', 30, 'fire', 31, 'f', 'a.jpg')");
    }
    const State state = reopened();
    EXPECT_EQ(state.instances, (std::vector<InstanceRecord>{{7, "p", "n", "{}", {1, -2}, 5}}));
    EXPECT_EQ(state.devices, (std::vector<DeviceRecord>{{"cam", "p", R"({"Type":"IPC"})", 3}}));
    EXPECT_EQ(state.switches,
              (std::vector<StreamSwitch>{
                  {"p", "cam", false}, {"p", "of the fleet", true}, {"q", "of the fleet", true}}));
    ASSERT_EQ(state.open_slices.size(), 1U);
    EXPECT_EQ(state.open_slices[0].name, (SliceName{7, "cam", 60}));
    EXPECT_EQ(state.open_slices[0].planned, 4);
    EXPECT_EQ(state.last_due, (std::vector<LastDue>{{7, 60, {}}}));
    EXPECT_EQ(store_->slices(of({7})).value().ended,
              (std::vector<SliceRecord>{{{7, "cam", 30}, "done", "l"}}));
    EXPECT_EQ(store_->finding(9).value(), (FindingRecord{9, {7, "cam", 30}, "fire", 31, "f", "a.jpg"}));
    EXPECT_EQ(number("PRAGMA user_version"), static_cast<int>(migrations().size()));
    EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema WHERE name IN "
                     "('slices_newest', 'findings_once', 'removed_devices')"),
              3);
  }
}

TEST_F(SqliteStoreTest, AFindingIsThereOnce) {
  open();
  const FindingRecord first{0, {1, "a", 10}, "fire", 12, "first", "1.jpg"};
  FindingRecord again = first;
  again.line = "again";
  again.picture = "2.jpg";
  std::vector<FindingRecord> others(5, first);
  others[0].slice.instance = 2;
  others[1].slice.device = "b";
  others[2].slice.due = 11;
  others[3].algorithm = "smoke";
  others[4].at = 13;
  const auto repeated = [&](const Changes& changes) { return store_->commit(changes).value().repeated; };
  EXPECT_EQ(repeated({PutFinding{first}}), std::vector<std::size_t>{});
  EXPECT_EQ(repeated({Probe{}, PutFinding{again}, PutFinding{others[0]}, PutFinding{again}}),
            (std::vector<std::size_t>{1, 3}));
  for (std::size_t i = 1; i < others.size(); ++i)
    EXPECT_EQ(repeated({PutFinding{others[i]}}), std::vector<std::size_t>{}) << i;
  EXPECT_EQ(number("SELECT count(*) FROM findings"), 6);
  Query query = of({1});
  query.finding = 1;
  EXPECT_EQ(store_->findings(query).value().items.front().line, "first");
}

TEST_F(SqliteStoreTest, WhatAnEarlierVersionStoredTwiceIsThereOnce) {
  {
    SQLite::Database old(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    for (std::size_t i = 0; i < 5; ++i) old.exec(migrations()[i]);
    old.exec("PRAGMA application_id = " + std::to_string(application_id));
    old.exec("PRAGMA user_version = 5");
    for (const char* picture : {"1.jpg", "2.jpg", "3.jpg"})
      old.exec(
          "INSERT INTO findings (instance, device, due, algorithm, at, line, picture) VALUES "
          "(1, 'a', 10, 'fire', 12, 'l', '" +
          string(picture) + "')");
    old.exec(
        "INSERT INTO findings (instance, device, due, algorithm, at, line, picture) VALUES "
        "(1, 'a', 10, 'fire', 13, 'l', '4.jpg')");
  }
  open();
  const auto page = store_->findings(of({1})).value();
  ASSERT_EQ(page.items.size(), 2U);
  EXPECT_EQ(page.items[0].picture, "4.jpg");
  EXPECT_EQ(page.items[1].picture, "1.jpg") << "that of the first time";
}

TEST_F(SqliteStoreTest, AStepToANewerSchemaIsToldAndCanBeGivenUp) {
  constexpr int rows = 200'000;
  {
    SQLite::Database old(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    for (std::size_t i = 0; i < 6; ++i) old.exec(migrations()[i]);
    old.exec("PRAGMA application_id = " + std::to_string(application_id));
    old.exec("PRAGMA user_version = 6");
    old.exec("WITH RECURSIVE due(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM due WHERE n < " +
             std::to_string(rows) +
             ") INSERT INTO slices (instance, device, due, outcome, line) SELECT 1, 'cam', n, 'done', '{}' "
             "FROM due");
  }
  int asked = 0;
  Opening opening;
  opening.migrates = [](std::int32_t, std::int32_t) { ADD_FAILURE() << "a new one has no earlier schema"; };
  ASSERT_TRUE(open_sqlite(path_ + ".new", opening).has_value());
  std::vector<std::pair<std::int32_t, std::int32_t>> told;
  opening.migrates = [&](std::int32_t from, std::int32_t to) { told.emplace_back(from, to); };
  opening.give_up = [&] { return ++asked > 2; };
  const auto given_up = open_sqlite(path_, opening);
  ASSERT_FALSE(given_up.has_value());
  EXPECT_EQ(given_up.error().code, Errc::ended);
  EXPECT_EQ(given_up.error().what, "was given up on its way to schema 7; it is as it was");
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(number("PRAGMA user_version"), 6);
  opening.give_up = [] { return false; };
  ASSERT_TRUE(open_sqlite(path_, opening).has_value());
  EXPECT_EQ(told, (std::vector<std::pair<std::int32_t, std::int32_t>>{{6, 7}, {6, 7}, {7, 8}, {8, 9}}));
  EXPECT_EQ(number("PRAGMA user_version"), static_cast<int>(migrations().size()));
  EXPECT_EQ(number("SELECT sum(slices) FROM slice_counts WHERE span = -1000000000"), rows);
}

TEST_F(SqliteStoreTest, LaterSchemaIsRefused) {
  open();
  store_.reset();
  const std::size_t newest = migrations().size();
  SQLite::Database(path_, SQLite::OPEN_READWRITE).exec("PRAGMA user_version = " + std::to_string(newest + 1));
  expect_refused(path_, Errc::unsupported,
                 "has schema " + std::to_string(newest + 1) + ", this camfleet knows schemas up to " +
                     std::to_string(newest));
}

TEST_F(SqliteStoreTest, OtherProgramsFilesAreRefusedAndStayAsTheyAre) {
  SQLite::Database(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE instances (id)");
  const string tables = content();
  expect_refused(path_, Errc::unsupported, "is a database of another program");
  EXPECT_EQ(content(), tables);
  // A header alone is no database either.
  for (const string& text : {string("x"), string(50, 'x'), string(5000, 'x'), string("SQLite format 4\0", 16),
                             string("SQLite format 3\0", 16) + string(5000, 'x')}) {
    std::ofstream(path_, std::ios::binary) << text;
    expect_refused(path_, Errc::unsupported, "is no SQLite database");
    EXPECT_EQ(content(), text);
  }
}

TEST_F(SqliteStoreTest, PlacesThatCannotBeWrittenAreRefused) {
  expect_refused((folder_ / "none" / "camfleet.db").string(), Errc::io, "cannot be opened for writing");
  expect_refused(folder_.string(), Errc::io, "cannot be opened for writing");
  EXPECT_EQ(open_sqlite("").error().code, Errc::io);
  expect_refused(":memory:", Errc::io, "write-ahead log");

  const string in_locked = (folder_ / "locked" / "camfleet.db").string();
  fs::create_directory(folder_ / "locked");
  { ASSERT_TRUE(open_sqlite(in_locked).has_value()); }
  fs::permissions(folder_, fs::perms(0755));
  fs::permissions(folder_ / "locked", fs::perms(0777));
  fs::permissions(in_locked, fs::perms(0444));
  // The superuser may write anywhere.
  const bool super = geteuid() == 0;
  ASSERT_EQ(seteuid(super ? 65534 : geteuid()), 0);
  expect_refused(in_locked, Errc::io, "cannot be written; give a file that can");
  ASSERT_EQ(seteuid(super ? 0 : geteuid()), 0);

  fs::permissions(folder_ / "locked", fs::perms(0555));
  fs::permissions(in_locked, fs::perms(0666));
  ASSERT_EQ(seteuid(super ? 65534 : geteuid()), 0);
  expect_refused(in_locked, Errc::io, "cannot be opened for writing");
  expect_refused((folder_ / "locked" / "new.db").string(), Errc::io, "cannot be opened for writing");
  ASSERT_EQ(seteuid(super ? 0 : geteuid()), 0);
  fs::permissions(folder_ / "locked", fs::perms(0755));
}

TEST_F(SqliteStoreTest, InstancesOutliveTheProcess) {
  open();
  commit({PutInstance{instance(12)}, PutInstance{instance(3)}, PutInstance{{20, "", "", "", {}, 0}}});
  State state = reopened();
  EXPECT_EQ(state.instances,
            (std::vector<InstanceRecord>{instance(3), instance(12), {20, "", "", "", {}, 0}}));
  EXPECT_EQ(state.last_instance, 20);
  EXPECT_TRUE(state.last_due.empty());

  commit({EndInstance{20, 99}});
  state = reopened();
  EXPECT_EQ(state.instances, (std::vector<InstanceRecord>{instance(3), instance(12)}));
  EXPECT_EQ(state.last_instance, 20);
  expect_broken({PutInstance{instance(20)}}, "instance 20: is stored already; an id is given once");
}

TEST_F(SqliteStoreTest, DevicesOutliveTheProcess) {
  open();
  const DeviceRecord late{"a", "p", "{}", 5};
  const DeviceRecord early{"b", "p", string("nul\0here", 8), 4};
  const DeviceRecord same{"c", "p", "{}", 5};
  commit({PutDevice{late}, PutDevice{same}, PutDevice{early}, PutDevice{{"d", "p", "{}", 1}}});
  commit({DropDevice{"d"}, DropDevice{"never there"}, PutDevice{{"c", "p", R"({"new":1})", 5}}});
  const State state = reopened();
  EXPECT_EQ(state.devices, (std::vector<DeviceRecord>{early, late, {"c", "p", R"({"new":1})", 5}}));
}

TEST_F(SqliteStoreTest, SwitchesAreOfOneProjectAndGoWithTheirDevice) {
  open();
  commit({SwitchStream{{"p", "a", false}}, SwitchStream{{"q", "a", true}}, SwitchStream{{"p", "b", false}},
          SwitchStream{{"p", "c", false}}});
  commit({SwitchStream{{"p", "a", true}}, DropDevice{"b"}, DropSwitches{"c"}});
  EXPECT_EQ(reopened().switches, (std::vector<StreamSwitch>{{"p", "a", true}, {"q", "a", true}}));
}

TEST_F(SqliteStoreTest, RemovedDevicesOutliveTheProcess) {
  open();
  commit({PutInstance{instance(1)}, PutInstance{instance(2)}, RemoveDevices{1, {"a", "b"}}});
  commit({RemoveDevices{1, {"b", "c"}}, RemoveDevices{2, {"a"}}, EndInstance{2, 50}});
  State state = reopened();
  std::ranges::sort(state.removed_devices);
  EXPECT_EQ(state.removed_devices,
            (std::vector<std::pair<std::int64_t, std::string>>{{1, "a"}, {1, "b"}, {1, "c"}}));
}

TEST_F(SqliteStoreTest, SlicesOutliveTheProcess) {
  open();
  commit({PutInstance{instance(1)}, PutInstance{instance(2)}, SliceDue{{1, "b", 20}, 5},
          SliceDue{{1, "a", 20}, 5}, SliceDue{{2, "a", 10}, 6}, SliceDue{{1, "a", 10}, 5}});
  commit({ended({1, "a", 20}), ended({1, "b", 20}, "missed")});
  State state = reopened();
  ASSERT_EQ(state.open_slices.size(), 2U);
  EXPECT_EQ(state.open_slices[0].name, (SliceName{1, "a", 10}));
  EXPECT_EQ(state.open_slices[0].planned, 5);
  EXPECT_EQ(state.open_slices[1].name, (SliceName{2, "a", 10}));
  ASSERT_EQ(state.last_due.size(), 2U);
  std::ranges::sort(state.last_due[0].ended, {}, &EndedSlice::device);
  EXPECT_EQ(state.last_due, (std::vector<LastDue>{{1, 20, {{"a", 20}, {"b", 20}}}, {2, 10, {}}}));
  EXPECT_EQ(store_->slices(of({1})).value().ended,
            (std::vector<SliceRecord>{ended({1, "b", 20}, "missed").slice, ended({1, "a", 20}).slice}));

  commit({EndInstance{2, 50}});
  state = reopened();
  EXPECT_EQ(state.open_slices.size(), 2U);
  std::ranges::sort(state.last_due[0].ended, {}, &EndedSlice::device);
  EXPECT_EQ(state.last_due, (std::vector<LastDue>{{1, 20, {{"a", 20}, {"b", 20}}}}));
}

TEST_F(SqliteStoreTest, FindingsOutliveTheProcess) {
  open();
  commit({PutFinding{finding({1, "a", 10}, "fire", 12)}, PutFinding{finding({1, "a", 10}, "smoke", 11)}});
  open();
  const auto page = store_->findings(of({1})).value();
  ASSERT_EQ(page.items.size(), 2U);
  EXPECT_NE(page.items[0].id, page.items[1].id);
  FindingRecord expected = finding({1, "a", 10}, "fire", 12);
  expected.id = page.items[0].id;
  EXPECT_EQ(page.items[0], expected);
  EXPECT_EQ(store_->finding(expected.id).value(), expected);
  EXPECT_EQ(store_->finding(12345).value(), std::nullopt);
}

TEST_F(SqliteStoreTest, SlicesThatEndWithoutBeingDueOrTwiceAreRefused) {
  open();
  const SliceName name{1, "a", 0};
  const string slice = "the slice of instance 1, device 'a', due 1970-01-01T00:00:00Z: ";
  const string twice = slice + "ended without being due, or twice; a slice ends once, after it became due";
  expect_broken({ended(name)}, twice);
  expect_broken({SliceDue{name, 1}, ended(name), ended(name)}, twice);
  commit({SliceDue{name, 1}});
  expect_broken({SliceDue{name, 1}}, slice + "became due twice; a slice becomes due once");
  commit({ended(name)});
  expect_broken({ended(name)}, twice);
  expect_broken({SliceDue{name, 1}}, slice + "became due twice; a slice becomes due once");
  SQLite::Database(path_, SQLite::OPEN_READWRITE)
      .exec("INSERT INTO open_slices (instance, device, due, planned) VALUES (1, 'a', 0, 1)");
  expect_broken({ended(name)}, slice + "has an outcome already; a slice ends once");
}

TEST_F(SqliteStoreTest, NothingOfAFailingCommitIsStored) {
  open();
  commit({PutInstance{instance(1)}, PutDevice{{"a", "p", "{}", 1}}, SliceDue{{1, "a", 10}, 1}});
  const auto failed =
      store_->commit(Changes{PutInstance{instance(2)}, EndInstance{1, 5}, PutDevice{{"b", "p", "{}", 1}},
                             DropDevice{"a"}, SliceDue{{1, "a", 20}, 2}, ended({1, "a", 10}),
                             PutFinding{finding({1, "a", 10}, "fire", 11)}, PutInstance{instance(1)}});
  ASSERT_FALSE(failed.has_value());
  for (const State& state : {loaded(), reopened()}) {
    EXPECT_EQ(state.instances, (std::vector<InstanceRecord>{instance(1)}));
    EXPECT_EQ(state.devices, (std::vector<DeviceRecord>{{"a", "p", "{}", 1}}));
    ASSERT_EQ(state.open_slices.size(), 1U);
    EXPECT_EQ(state.last_due, (std::vector<LastDue>{{1, 10, {}}}));
    EXPECT_EQ(state.last_instance, 1);
  }
  EXPECT_EQ(store_->slices(of({1})).value().ended.size(), 0U);
  EXPECT_EQ(store_->findings(of({1})).value().total, 0U);
  commit({});
}

TEST_F(SqliteStoreTest, FullDiskIsAnErrorAndTheStoreGoesOnAfterIt) {
  open();
  commit({PutInstance{instance(1)}});
  const auto heard = std::signal(SIGXFSZ, SIG_IGN);
  rlimit usual{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &usual), 0);
  rlimit small = usual;
  small.rlim_cur = 200'000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  InstanceRecord large = instance(2);
  large.fields = string(1'000'000, ' ');
  const auto failed = store_->commit(Changes{PutInstance{large}});
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &usual), 0);
  (void)std::signal(SIGXFSZ, heard);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, Errc::io);
  EXPECT_EQ(failed.error().where, path_);
  EXPECT_EQ(loaded().instances.size(), 1U);
  commit({PutInstance{large}});
  EXPECT_EQ(reopened().instances, (std::vector<InstanceRecord>{instance(1), large}));
}

TEST_F(SqliteStoreTest, AProbeIsWrittenAndChangesNothing) {
  open();
  commit({PutInstance{instance(1)}});
  // Until the log grows: its file is used again from the beginning.
  const auto log_size = fs::file_size(path_ + "-wal");
  while (fs::file_size(path_ + "-wal") == log_size) commit({Probe{}});
  const auto heard = std::signal(SIGXFSZ, SIG_IGN);
  rlimit usual{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &usual), 0);
  rlimit full = usual;
  full.rlim_cur = fs::file_size(path_ + "-wal");
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
  const auto failed = store_->commit(Changes{Probe{}});
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &usual), 0);
  (void)std::signal(SIGXFSZ, heard);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, Errc::io);
  commit({Probe{}, PutInstance{instance(2)}});
  EXPECT_EQ(reopened().instances, (std::vector<InstanceRecord>{instance(1), instance(2)}));
}

TEST_F(SqliteStoreTest, ReadersSeeWholeCommitsWhileTheyAreMade) {
  open();
  constexpr std::int64_t commits = 200;
  std::jthread writer([this] {
    for (std::int64_t id = 1; id <= commits; ++id) {
      commit({PutInstance{instance(id)}, SliceDue{{id, "a", 1}, 0}, SliceDue{{id, "b", 1}, 0},
              ended({id, "b", 1})});
    }
  });
  for (std::int64_t seen = 0; seen < commits;) {
    const State state = loaded();
    ASSERT_EQ(state.open_slices.size(), state.instances.size());
    ASSERT_EQ(state.last_due.size(), state.instances.size());
    ASSERT_GE(state.last_instance, seen);
    seen = state.last_instance;
    // One of either kind from each commit.
    const auto page = store_->slices(of({1, 2, 3, commits})).value();
    ASSERT_EQ(page.open.size(), page.ended.size());
    ASSERT_EQ(page.total, 2 * page.ended.size());
  }
}

}  // namespace
}  // namespace camfleet::store
