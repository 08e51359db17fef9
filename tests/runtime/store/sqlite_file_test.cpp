// What was done to the file of a store from outside.
#include "tests/runtime/store/sqlite_fixture.hpp"

namespace camfleet::store {
namespace {

class SqliteFileTest : public SqliteStoreTest {
 protected:
  /// As a process leaves it that is killed: by copies of what lies there.
  void kill_after(const Changes& changes) {
    open();
    commit(changes);
    for (const char* suffix : {"", "-wal"}) fs::copy_file(path_ + suffix, path_ + suffix + ".killed");
    store_.reset();
    fs::remove(path_ + "-wal");
    for (const char* suffix : {"", "-wal"}) fs::rename(path_ + suffix + ".killed", path_ + suffix);
  }
};

TEST_F(SqliteFileTest, OneThatWasKilledGoesOnWithItsLog) {
  kill_after({PutInstance{instance(1)}});
  const State state = reopened();
  EXPECT_EQ(state.instances.size(), 1U);
  EXPECT_FALSE(state.has_lost_log);
}

TEST_F(SqliteFileTest, OneWhoseLogIsGoneIsRefusedAndStaysAsItIs) {
  kill_after({PutInstance{instance(1)}});
  const string log = path_ + "-wal";
  fs::rename(log, log + ".away");
  const string before = content();
  for (int i = 0; i < 2; ++i)
    expect_refused(path_, Errc::corrupt, "its -wal, which holds its last changes, is gone");
  EXPECT_EQ(content(), before);
  std::ofstream(log).close();
  expect_refused(path_, Errc::corrupt, "is gone");
  fs::rename(log + ".away", log);
  EXPECT_EQ(reopened().instances.size(), 1U) << "put back, nothing is lost";
}

TEST_F(SqliteFileTest, OneWhoseLogIsGoneGoesOnWhereThatIsAccepted) {
  kill_after({PutInstance{instance(1)}});
  fs::remove(path_ + "-wal");
  {
    const auto opened = open_sqlite(path_, {.lost_log = LostLog::accept, .migrates = {}, .give_up = {}});
    ASSERT_TRUE(opened.has_value()) << opened.error().line();
    const State state = opened.value()->load().value();
    EXPECT_TRUE(state.has_lost_log);
    EXPECT_EQ(state.instances.size(), 0U);
  }
  EXPECT_FALSE(reopened().has_lost_log) << "it was closed since";
}

TEST_F(SqliteFileTest, OneThatIsMovedWhileItIsOpenLeavesNoLogToTheNext) {
  open();
  commit({PutInstance{instance(1)}});
  const string moved = (folder_ / "moved.db").string();
  fs::rename(path_, moved);
  store_.reset();
  std::error_code none;
  const auto left = fs::file_size(path_ + "-wal", none);
  EXPECT_TRUE(none || left == 0) << left;
  path_ = moved;
  EXPECT_EQ(reopened().instances.size(), 1U) << "and is whole where it is now";
}

TEST_F(SqliteFileTest, TheLogIsLookedForBesideTheFileNotBesideALinkToIt) {
  kill_after({PutInstance{instance(1)}});
  fs::create_directory(folder_ / "other");
  const string link = (folder_ / "other" / "link.db").string();
  fs::create_symlink(path_, link);
  auto opened = open_sqlite(link);
  ASSERT_TRUE(opened.has_value()) << opened.error().line();
  const State state = opened.value()->load().value();
  EXPECT_FALSE(state.has_lost_log);
  EXPECT_EQ(state.instances.size(), 1U);
}

TEST_F(SqliteFileTest, OneThatWasClosedHasNoLogAndLostNone) {
  open();
  commit({PutInstance{instance(1)}});
  const State state = reopened();
  EXPECT_FALSE(state.has_lost_log);
  EXPECT_EQ(state.instances.size(), 1U);
}

TEST_F(SqliteFileTest, OneThatWasCutOffIsRefused) {
  open();
  commit({PutInstance{instance(1)}});
  store_.reset();
  const auto whole = fs::file_size(path_);
  for (const auto size : {whole - 1, whole / 2, std::uintmax_t{99}, std::uintmax_t{16}}) {
    fs::resize_file(path_, size);
    expect_refused(path_, Errc::corrupt, "is cut off: it has " + std::to_string(size) + " bytes");
    EXPECT_EQ(fs::file_size(path_), size);
  }
}

TEST_F(SqliteFileTest, ALogWithoutItsFileIsKept) {
  kill_after({PutInstance{instance(1)}});
  const auto log = fs::file_size(path_ + "-wal");
  fs::resize_file(path_, 0);
  expect_refused(path_, Errc::corrupt, "its -wal, which would be removed");
  fs::remove(path_);
  expect_refused(path_, Errc::corrupt, "its -wal, which would be removed");
  EXPECT_EQ(fs::file_size(path_ + "-wal"), log);
}

TEST_F(SqliteFileTest, ADamagedOneSaysSo) {
  open();
  Changes many;
  for (std::int64_t id = 1; id <= 500; ++id) many.emplace_back(PutInstance{instance(id)});
  commit(many);
  store_.reset();
  {
    std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(4096);
    file << string(fs::file_size(path_) - 4096, 'x');
  }
  const auto opened = open_sqlite(path_);
  const Error error = opened.has_value() ? opened.value()->load().error() : opened.error();
  EXPECT_EQ(error.code, Errc::corrupt) << error.line();
  EXPECT_NE(error.line().find("put back a whole copy"), string::npos) << error.line();
}

}  // namespace
}  // namespace camfleet::store
