#include "tools/camfleet/cli/table.hpp"

#include <gtest/gtest.h>

namespace camfleet::cli {
namespace {

TEST(Table, AlignsTextLeftAndNumbersRight) {
  Table table({{"device"}, {"slices", Align::right}, {"note"}});
  table.add({"gate", "7", "cut"});
  table.add({"a longer name", "12345678", ""});
  std::string out;
  table.flush(out);
  EXPECT_EQ(out,
            "device           slices  note\n"
            "gate                  7  cut\n"
            "a longer name  12345678\n");
}

TEST(Table, WideCharactersTakeTwoColumns) {
  Table table({{"名称"}, {"n", Align::right}});
  table.add({"东门摄像头", "1"});
  table.add({"gate", "22"});
  std::string out;
  table.flush(out);
  EXPECT_EQ(out,
            "名称         n\n"
            "东门摄像头   1\n"
            "gate        22\n");
}

TEST(Table, WritesTheTitlesOnceAndKeepsTheWidths) {
  Table table({{"n", Align::right}, {"x"}});
  std::string out;
  table.add({"100", "a"});
  EXPECT_EQ(table.held(), 1U);
  table.flush(out);
  EXPECT_EQ(table.held(), 0U);
  table.add({"2", "b"});
  table.flush(out);
  EXPECT_EQ(out, "  n  x\n100  a\n  2  b\n");
}

TEST(Table, ACellCannotBreakALine) {
  Table table({{"x"}, {"y"}});
  table.add({"a\nb\x1b[31m", "\xff"});
  std::string out;
  table.flush(out);
  EXPECT_EQ(out, "x         y\na?b?[31m  ?\n");
}

}  // namespace
}  // namespace camfleet::cli
