#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include "runtime/store/store.hpp"

/// A store in a folder of its own, and records for it.
namespace camfleet::store {

namespace fs = std::filesystem;
using std::string;
using Changes = std::vector<Change>;

inline InstanceRecord instance(std::int64_t id) {
  return {id, "p1", "night", R"({"Name":"ночь"})", {0, 1'500'000'000, -7}, 1'700'000'000'000'000'000 + id};
}

inline SliceEnded ended(const SliceName& name, const string& outcome = "done") {
  const string accounts = R"([{"due":5,"analysed":3,"gated":1},{"due":5,"analysed":0,"gated":0}])";
  return {{name, outcome,
           R"({"device":")" + name.device + R"(","reason":)" +
               (outcome == "done" ? "null" : R"("camera_offline")") + R"(,"node":"here","algorithms":)" +
               accounts + "}"}};
}

inline FindingRecord finding(const SliceName& slice, const string& algorithm, Nanoseconds at) {
  const string label = R"({"label":"of )" + std::to_string(at) + R"("},{"label":"one"},{"label":"one"})";
  return {0, slice, algorithm, at, R"({"boxes":[)" + label + "]}", at % 2 == 0 ? "a.jpg" : ""};
}

inline Query of(std::vector<std::int64_t> instances) {
  Query query;
  query.instances = std::move(instances);
  return query;
}

class SqliteStoreTest : public ::testing::Test {
 protected:
  SqliteStoreTest() {
    string name = (fs::temp_directory_path() / "sqlite_store_XXXXXX").string();
    folder_ = mkdtemp(name.data());
    path_ = (folder_ / "camfleet.db").string();
  }
  ~SqliteStoreTest() override { fs::remove_all(folder_); }

  void open() {
    store_.reset();
    auto opened = open_sqlite(path_);
    ASSERT_TRUE(opened.has_value()) << opened.error().line();
    store_ = std::move(opened).value();
  }
  /// What is there after the file was closed and opened.
  State reopened() {
    open();
    return loaded();
  }
  State loaded() {
    auto state = store_->load();
    if (state.has_value()) return std::move(state).value();
    ADD_FAILURE() << state.error().line();
    return {};
  }
  void commit(const Changes& changes) {
    const auto outcome = store_->commit(changes);
    ASSERT_TRUE(outcome.has_value()) << outcome.error().line();
  }
  void expect_broken(const Changes& changes, const string& line) {
    const auto outcome = store_->commit(changes);
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().code, Errc::broken_invariant);
    EXPECT_EQ(outcome.error().line(), line);
  }
  void expect_refused(const string& path, Errc code, const string& text) {
    const auto opened = open_sqlite(path);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, code) << opened.error().line();
    EXPECT_EQ(opened.error().line().find('\n'), string::npos);
    EXPECT_NE(opened.error().line().find(text), string::npos) << opened.error().line();
    EXPECT_EQ(opened.error().where, path);
  }
  [[nodiscard]] string content() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  int number(const string& query) const { return SQLite::Database(path_).execAndGet(query).getInt(); }

  fs::path folder_;
  string path_;
  std::unique_ptr<Store> store_;
};

}  // namespace camfleet::store
