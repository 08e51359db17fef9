#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "actors/base/json_text.hpp"
#include "simulator/checker/check_records.hpp"
#include "simulator/checker/record_lines.hpp"
#include "simulator/score/line_fields.hpp"

namespace camfleet::check {
namespace {

result<CheckedPlan> load_plan(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in)
    return fail(Errc::not_found, file.string(),
                "is not there; give the folder that `camfleet run --out` wrote");
  std::ostringstream text;
  text << in.rdbuf();
  CAMFLEET_TRY(const nlohmann::json json, parse_json(text.str(), file.string()));
  return read_plan(json);
}

template <class Take>
result<void> each_line(const std::filesystem::path& file, const Take& take) {
  CAMFLEET_TRY(score::JsonLines lines, score::JsonLines::open(file.string()));
  nlohmann::json line;
  while (true) {
    CAMFLEET_TRY(const bool has_more, lines.next(line));
    if (!has_more) return success();
    CAMFLEET_CHECK(take(line, lines.where()));
  }
}

}  // namespace

result<std::unique_ptr<Checker>> check_run(const std::filesystem::path& folder) {
  CAMFLEET_TRY(CheckedPlan plan, load_plan(folder / "plan.json"));
  auto checker = std::make_unique<Checker>(std::move(plan));
  RecordLines lines(*checker);
  CAMFLEET_CHECK(each_line(folder / "ledger.jsonl", [&](const auto& line, const std::string& where) {
    return lines.row(line, where);
  }));
  CAMFLEET_CHECK(each_line(folder / "findings.jsonl", [&](const auto& line, const std::string& where) {
    return lines.finding(line, where);
  }));
  checker->close();
  return checker;
}

}  // namespace camfleet::check
