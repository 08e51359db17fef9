#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "tests/actors/calendar_blocks.hpp"

namespace camfleet::testing {
namespace {

std::vector<std::filesystem::path> text_files() {
  std::vector<std::filesystem::path> files;
  const std::filesystem::path folder = std::filesystem::path(CAMFLEET_TREE) / "tests/actors/calendar";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

class CalendarText : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(CalendarText, Blocks) {
  const auto blocks = read_blocks(GetParam());
  ASSERT_TRUE(blocks.has_value()) << blocks.error().line();
  ASSERT_FALSE(blocks.value().empty());
  for (const CalendarBlock& block : blocks.value()) {
    const auto got = run_block(block);
    if (got == block.expected) continue;
    ADD_FAILURE_AT(GetParam().c_str(), block.line) << "== " << block.title << "\n"
                                                   << diff(block.expected, got);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, CalendarText, ::testing::ValuesIn(text_files()),
                         [](const auto& file) { return file.param.stem().string(); });

TEST(CalendarTextFormat, DiffShowsBothSides) {
  EXPECT_EQ(diff({"a", "b", "c"}, {"a", "x", "c", "d"}), "  a\n- b\n+ x\n  c\n+ d\n");
}

TEST(CalendarTextFormat, AWrongBlockIsNoticed) {
  CalendarBlock block;
  block.keys = {{"ScheduleType", "EVERYDAY"},
                {"ScheduleTimes", "10:00:00-11:00:00"},
                {"from", "2026-03-01T00:00:00Z"},
                {"to", "2026-03-02T00:00:00Z"}};
  EXPECT_EQ(run_block(block), (std::vector<std::string>{"2026-03-01T02:00:00Z 2026-03-01T03:00:00Z"}));
  block.keys["ScheduleTimes"] = R"([{"StartTime":"10:00:00","EndTime":"11:00:00"}])";
  EXPECT_EQ(run_block(block), (std::vector<std::string>{"2026-03-01T02:00:00Z 2026-03-01T03:00:00Z"}));
  block.keys["ScheduleTimes"] = "10:00";
  EXPECT_TRUE(run_block(block).at(0).starts_with("error: "));
}

}  // namespace
}  // namespace camfleet::testing
