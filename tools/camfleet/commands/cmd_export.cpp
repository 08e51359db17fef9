#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/base/text.hpp"
#include "simulator/score/line_fields.hpp"
#include "tools/camfleet/cli/options.hpp"
#include "tools/camfleet/cli/output.hpp"
#include "tools/camfleet/commands/commands.hpp"

namespace camfleet::cli {
namespace {

using nlohmann::json;

/// A table out of a file of lines: each line gives a row for each element of one of its lists, whose fields
/// stand behind the line's own.
struct Export {
  std::string_view what;
  const char* file;
  const char* list;
  std::vector<std::string_view> of_line;
  std::vector<std::string_view> of_element;
};

const std::vector<Export>& exports() {
  static const std::vector<Export> all{
      {"slices",
       "ledger.jsonl",
       "algorithms",
       {"instance", "device", "due_at", "started_at", "ended_at", "planned_s", "observed_s", "cut", "outcome",
        "reason", "detail", "node", "nodes"},
       {"algorithm", "due", "analysed", "gated", "dropped", "dropped_by"}},
      {"findings",
       "findings.jsonl",
       "boxes",
       {"instance", "device", "algorithm", "due_at", "at", "frame_at", "media_s", "file", "width", "height",
        "late"},
       {"label", "score", "x", "y", "w", "h"}}};
  return all;
}

/// "camera_offline 3; overload 1".
std::string reasons_of(const json& dropped) {
  std::string text;
  for (const auto& [reason, count] : dropped.items())
    text += (text.empty() ? "" : "; ") + reason + " " + count.dump();
  return text;
}

json sum_of(const json& dropped) {
  std::uint64_t sum = 0;
  for (const auto& [reason, count] : dropped.items()) {
    if (count.is_number_unsigned()) sum += count.get<std::uint64_t>();
  }
  return sum;
}

/// What a column of a line holds; null where the line has no such field.
json field_of(const json& line, std::string_view column) {
  // Nodes that a slice was on.
  if (column == "nodes") {
    const auto parts = line.find("parts");
    const std::size_t moved = parts == line.end() || !parts->is_array() ? 0 : parts->size();
    const auto node = line.find("node");
    const bool has_node = node != line.end() && !node->is_null();
    return std::max(moved, std::size_t{has_node ? 1U : 0U});
  }
  const bool is_dropped = column == "dropped" || column == "dropped_by";
  const auto found = line.find(is_dropped ? "dropped" : column);
  if (found == line.end()) return nullptr;
  if (is_dropped && found->is_object())
    return column == "dropped" ? sum_of(*found) : json(reasons_of(*found));
  return *found;
}

/// A field of a CSV file as RFC 4180 has it.
std::string csv_field(const json& value) {
  if (value.is_null()) return "";
  std::string text = value.is_string() ? value.get<std::string>()
                                       : value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted += '"';
}

/// Appends rows, in one of the formats.
class RowWriter {
 public:
  RowWriter(const Export& of, bool is_csv, Output& out) : is_csv_(is_csv), out_(&out) {
    columns_ = of.of_line;
    columns_.insert(columns_.end(), of.of_element.begin(), of.of_element.end());
    if (!is_csv_) return;
    std::string header;
    for (const std::string_view column : columns_) header.append(header.empty() ? "" : ",").append(column);
    out_->write(header + "\r\n");
  }

  void write(const std::vector<json>& values) {
    if (!is_csv_) {
      nlohmann::ordered_json row;
      for (std::size_t i = 0; i < values.size(); ++i) row[std::string(columns_[i])] = values[i];
      return out_->write(row.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
    }
    std::string row;
    for (std::size_t i = 0; i < values.size(); ++i)
      row.append(i == 0 ? "" : ",").append(csv_field(values[i]));
    out_->write(row + "\r\n");
  }

 private:
  bool is_csv_;
  Output* out_;
  std::vector<std::string_view> columns_;
};

result<void> export_lines(const Export& of, score::JsonLines& lines, RowWriter& rows, const Output& out) {
  json line;
  while (!out.is_over()) {
    CAMFLEET_TRY(const bool has_more, lines.next(line));
    if (!has_more) return success();
    const auto list = line.find(of.list);
    if (list == line.end() || !list->is_array())
      return fail(Errc::missing_field, lines.where(), std::string("has no list of ") + of.list);
    std::vector<json> values;
    for (const std::string_view column : of.of_line) values.push_back(field_of(line, column));
    const std::size_t own = values.size();
    for (const json& element : *list) {
      if (!element.is_object())
        return fail(Errc::invalid_field, lines.where(),
                    std::string("one of its ") + of.list + " is no object");
      values.resize(own);
      for (const std::string_view column : of.of_element) values.push_back(field_of(element, column));
      rows.write(values);
    }
  }
  return success();
}

result<ExitCode> export_records(const Values& values, Output& out) {
  const std::string& what = values.text("what");
  const auto of = std::ranges::find(exports(), what, &Export::what);
  if (of == exports().end())
    return fail(Errc::bad_usage, "--what", quote(what) + " is nothing to export; write slices or findings");
  const std::string& format = values.text("format");
  if (format != "csv" && format != "jsonl")
    return fail(Errc::bad_usage, "--format", quote(format) + " is not a format; write csv or jsonl");
  const std::filesystem::path file = std::filesystem::path(values.positionals().front()) / of->file;
  CAMFLEET_TRY(score::JsonLines lines, score::JsonLines::open(file.string()));
  RowWriter rows(*of, format == "csv", out);
  CAMFLEET_CHECK(export_lines(*of, lines, rows, out));
  return ExitCode::fine;
}

}  // namespace

Command export_command() {
  return {
      .name = "export",
      .summary = "turn the records of a run into a table",
      .about =
          "Prints what a run has written down as a table for a spreadsheet or a program: a row for each "
          "slice and algorithm, or for each box that was found. Times are ISO 8601 in UTC; CSV is that of "
          "RFC "
          "4180, with one header line.",
      .positionals = {.name = "DIR",
                      .help = "the folder that `camfleet run --out` wrote",
                      .least = 1,
                      .most = 1},
      .options =
          {{.name = "what", .argument = "slices|findings", .help = "of which the rows are", .required = true},
           {.name = "format",
            .argument = "csv|jsonl",
            .help = "what they are written as",
            .default_value = "csv"}},
      .examples = {{"camfleet export out/day --what slices > slices.csv",
                    "a table of what became of each slice"},
                   {"camfleet export out/day --what findings --format jsonl", "a line of JSON for each box"}},
      .run = export_records};
}

}  // namespace camfleet::cli
