#include "tools/camfleet/cli/text_width.hpp"

#include <gtest/gtest.h>

namespace camfleet::cli {
namespace {

TEST(TextWidth, CountsColumns) {
  struct {
    std::string_view text;
    std::size_t width;
  } const cases[] = {
      {"", 0},     {"gate", 4}, {"café", 4},     {"cafe\u0301", 4},   {"东门", 4},       {"カメラ", 6},
      {"문", 2},   {"，", 2},   {"ﾒ", 1},        {"\U0001F4F7", 2},   {"\U00020000", 2}, {"…", 1},
      {"\x1b", 1}, {"\xff", 1}, {"\xe4\xb8", 2}, {"\xed\xa0\x80", 3}, {"\u200bx", 1},
  };
  for (const auto& one : cases) EXPECT_EQ(display_width(one.text), one.width) << one.text;
}

TEST(TextWidth, CutsToFit) {
  EXPECT_EQ(fit("camera", 6), "camera");
  EXPECT_EQ(fit("camera", 5), "came…");
  EXPECT_EQ(fit("东门摄像头", 10), "东门摄像头");
  EXPECT_EQ(fit("东门摄像头", 9), "东门摄像…");
  EXPECT_EQ(fit("东门摄像头", 8), "东门摄…");
  EXPECT_EQ(fit("东门", 1), "…");
  EXPECT_EQ(fit("东门", 0), "");
}

TEST(TextWidth, MakesTextFitForATerminal) {
  EXPECT_EQ(printable("a\tb\x1b[2J\xff东"), "a?b?[2J?东");
}

}  // namespace
}  // namespace camfleet::cli
