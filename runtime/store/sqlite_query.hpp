#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/store/sqlite_changes.hpp"
#include "runtime/store/sqlite_connection.hpp"
#include "runtime/store/store.hpp"

/// How pages of slices and findings are read.
namespace camfleet::store {

/// The conditions of a query and the values of their parameters.
class Filter {
 public:
  /// `time`: the column that from and to are about.
  Filter(const Query& query, const std::string& time)
      : Filter(query, "device = ?", time + " >= ?", time + " < ?") {}
  Filter(const Query& query, const std::string& of_device, const std::string& from, const std::string& to)
      : text_("instance IN (SELECT value FROM json_each(?))") {
    values_.emplace_back(list_text(query.instances));
    add(of_device, query.device);
    add(from, query.from);
    add(to, query.to);
  }

  template <class T>
  void add(const std::string& condition, const std::optional<T>& value) {
    if (!value) return;
    text_ += " AND " + condition;
    values_.emplace_back(*value);
  }

  [[nodiscard]] const std::string& text() const { return text_; }

  /// The number of the last parameter.
  int bind(SQLite::Statement& statement) const {
    int number = 0;
    for (const auto& value : values_) {
      ++number;
      std::visit([&](const auto& bound) { statement.bind(number, bound); }, value);
    }
    return number;
  }

 private:
  std::string text_;
  std::vector<std::variant<std::int64_t, std::string>> values_;
};

/// What is listed of a table, and in which order.
struct Listing {
  std::string table;
  std::string columns;
  std::string order;
  bool has_rowid = true;
};

inline std::int64_t clamped(std::size_t number) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(number, static_cast<std::size_t>(most)));
}

/// Within the caller's transaction.
template <class T, class Read>
Page<T> read_page(Connection& from, const Listing& listing, const Filter& filter, const Query& query,
                  const Read& read) {
  Page<T> page;
  from.rows(
      "SELECT count(*) FROM " + listing.table + " WHERE " + filter.text(),
      [&](SQLite::Statement& to) { filter.bind(to); },
      [&](SQLite::Statement& row) { page.total = static_cast<std::uint64_t>(row.getColumn(0).getInt64()); });
  const std::string what = " FROM " + listing.table + " WHERE ";
  const std::string which = filter.text() + " ORDER BY " + listing.order + " LIMIT ? OFFSET ?";
  from.rows(
      // The inner query runs on an index alone: rows that are not on the page are never read.
      listing.has_rowid ? "SELECT " + listing.columns + what + "rowid IN (SELECT rowid" + what + which +
                              ") ORDER BY " + listing.order
                        : "SELECT " + listing.columns + what + which,
      [&](SQLite::Statement& to) {
        const int last = filter.bind(to);
        to.bind(last + 1, clamped(query.limit));
        to.bind(last + 2, clamped(query.offset));
      },
      [&](SQLite::Statement& row) { page.items.push_back(read(row)); });
  return page;
}

}  // namespace camfleet::store
