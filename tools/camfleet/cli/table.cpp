#include "tools/camfleet/cli/table.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "tools/camfleet/cli/text_width.hpp"

namespace camfleet::cli {

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (const Column& column : columns_) widths_.push_back(display_width(column.title));
}

void Table::add(std::vector<std::string> row) {
  assert(row.size() == columns_.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    row[i] = printable(row[i]);
    widths_[i] = std::max(widths_[i], display_width(row[i]));
  }
  rows_.push_back(std::move(row));
}

void Table::flush(std::string& out) {
  if (!std::exchange(titles_written_, true)) {
    std::vector<std::string> titles;
    for (const Column& column : columns_) titles.push_back(column.title);
    append_line(out, titles);
  }
  for (const auto& row : rows_) append_line(out, row);
  rows_.clear();
}

void Table::append_line(std::string& out, const std::vector<std::string>& cells) const {
  std::size_t pending = 0;  // spaces that are written only when something follows them
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::size_t blank = widths_[i] - display_width(cells[i]);
    const bool right = columns_[i].align == Align::right;
    if (right) pending += blank;
    if (!cells[i].empty()) {
      out.append(std::exchange(pending, 0), ' ');
      out += cells[i];
    }
    pending += right ? 2 : blank + 2;
  }
  out += '\n';
}

}  // namespace camfleet::cli
