#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace camfleet::cli {

enum class Align { left, right };

/// Numbers belong to the right, so that their digits stand below each other.
struct Column {
  std::string title;
  Align align = Align::left;
};

/// A text table: a line of titles, then rows, columns two spaces apart. Widths are those of a terminal
/// (display_width).
class Table {
 public:
  explicit Table(std::vector<Column> columns);

  /// One cell per column.
  void add(std::vector<std::string> row);

  /// Rows that are held; flush() before they become many.
  [[nodiscard]] std::size_t held() const { return rows_.size(); }

  /// Appends the held rows and forgets them; the titles come with the first call. Columns never become
  /// narrower from one call to the next. No line ends in spaces.
  void flush(std::string& out);

 private:
  void append_line(std::string& out, const std::vector<std::string>& cells) const;

  std::vector<Column> columns_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> rows_;
  bool titles_written_ = false;
};

}  // namespace camfleet::cli
