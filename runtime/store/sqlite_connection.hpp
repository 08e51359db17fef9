#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include <SQLiteCpp/SQLiteCpp.h>
#include <SQLiteCpp/VariadicBind.h>
#include <sqlite3.h>

namespace camfleet::store {

/// How long a statement waits for others who use the file.
inline constexpr int busy_milliseconds = 10'000;

/// A connection with its prepared statements; each use leaves the statement reset, also when it throws.
class Connection {
 public:
  Connection(const std::string& path, int flags) : database_(path, flags, busy_milliseconds) {}

  SQLite::Database& database() { return database_; }

  /// From now on statements that work for longer than this, together, are interrupted (SQLITE_INTERRUPT).
  void allow(std::chrono::nanoseconds span) {
    until_ = std::chrono::steady_clock::now() + span;
    constexpr int steps = 1000;
    const auto is_late = [](void* self) {
      return std::chrono::steady_clock::now() >= static_cast<const Connection*>(self)->until_ ? 1 : 0;
    };
    sqlite3_progress_handler(database_.getHandle(), steps, is_late, this);
  }

  /// The number of rows that changed.
  template <class... Args>
  int run(std::string_view sql, const Args&... args) {
    const Use use(prepared(sql));
    if constexpr (sizeof...(args) > 0) SQLite::bind(use.statement, args...);
    return use.statement.exec();
  }

  /// The same with values that `bind(statement)` gives, such as bytes of which no copy is made.
  template <class Bind>
  int run_with(std::string_view sql, const Bind& bind) {
    const Use use(prepared(sql));
    bind(use.statement);
    return use.statement.exec();
  }

  /// `bind(statement)`, then `read(statement)` for each row, as long as that is true.
  template <class Bind, class Read>
  void rows_while(std::string_view sql, const Bind& bind, const Read& read) {
    const Use use(prepared(sql));
    bind(use.statement);
    while (use.statement.executeStep() && read(use.statement)) {
    }
  }
  /// The same for all rows.
  template <class Bind, class Read>
  void rows(std::string_view sql, const Bind& bind, const Read& read) {
    rows_while(sql, bind, [&](SQLite::Statement& row) {
      read(row);
      return true;
    });
  }
  template <class Read>
  void rows(std::string_view sql, const Read& read) {
    rows(
        sql, [](SQLite::Statement&) {}, read);
  }

 private:
  struct Use {
    explicit Use(SQLite::Statement& used) : statement(used) {}
    ~Use() { statement.tryReset(); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    SQLite::Statement& statement;
  };

  SQLite::Statement& prepared(std::string_view sql) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
      std::string text(sql);
      SQLite::Statement made(database_, text);
      found = statements_.emplace(std::move(text), std::move(made)).first;
    }
    return found->second;
  }

  SQLite::Database database_;
  std::chrono::steady_clock::time_point until_{};
  std::map<std::string, SQLite::Statement, std::less<>> statements_;
};

}  // namespace camfleet::store
