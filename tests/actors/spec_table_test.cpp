#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "actors/spec/spec.hpp"

namespace camfleet {
namespace {

using nlohmann::json;

const std::filesystem::path folder = std::filesystem::path(CAMFLEET_TREE) / "tests/actors/spec";

SpecRules rules_of(const std::string& section) {
  SpecRules rules;
  rules.refuse_unknown_fields = section == "strict";
  rules.overlap = section == "merge" ? OverlapRule::merge : OverlapRule::reject;
  return rules;
}

TEST(SpecTable, EachRowHasItsAnswer) {
  std::ifstream sample_file(folder / "sample.json");
  const json sample = json::parse(sample_file);
  const auto table = folder / "fields.txt";
  std::ifstream in(table);
  ASSERT_TRUE(in.is_open());
  std::string section;
  std::string line;
  int rows = 0;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line.starts_with("#")) continue;
    if (line.starts_with("== ")) {
      section = line.substr(3);
      continue;
    }
    std::string expected;
    std::getline(in, expected);
    const int row_line = number++;
    ASSERT_TRUE(expected.starts_with("  ")) << table << ":" << row_line;
    const json patch = json::parse(line, nullptr, false);
    ASSERT_FALSE(patch.is_discarded()) << table << ":" << row_line;
    json fields = sample;
    fields.merge_patch(patch);
    const auto spec = parse_instance(fields, rules_of(section));
    const std::string got = spec ? "ok" : spec.error().line();
    if (got != expected.substr(2)) {
      ADD_FAILURE_AT(table.c_str(), row_line) << line << "\n- " << expected.substr(2) << "\n+ " << got;
    }
    ++rows;
  }
  EXPECT_GE(rows, 150);
}

}  // namespace
}  // namespace camfleet
