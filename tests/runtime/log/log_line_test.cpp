#include "runtime/log/log_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace camfleet::logging {
namespace {

std::string text_of(std::string_view value) {
  return line_of(Format::text, Level::info, "m", {{"k", value}});
}

TEST(LogLine, HasLevelMessageAndFieldsInOrder) {
  EXPECT_EQ(
      line_of(Format::text, Level::warn, "slice ended", {{"device", "cam-1"}, {"ms", 12.5}, {"open", 3U}}),
      "warn slice ended device=cam-1 ms=12.5 open=3");
  EXPECT_EQ(line_of(Format::json, Level::debug, "slice ended", {{"device", "cam-1"}, {"ms", 12.5}}),
            R"("level":"debug","message":"slice ended","device":"cam-1","ms":12.5)");
}

TEST(LogLine, QuotesValuesThatWouldNotStandAlone) {
  EXPECT_EQ(text_of("rtsp://user:***@10.1.0.7/stream"), "info m k=rtsp://user:***@10.1.0.7/stream");
  EXPECT_EQ(text_of("a b"), R"(info m k="a b")");
  EXPECT_EQ(text_of("a=b"), R"(info m k="a=b")");
  EXPECT_EQ(text_of("say \"a\""), R"(info m k="say \"a\"")");
  EXPECT_EQ(text_of("a\\b"), R"(info m k="a\\b")");
  EXPECT_EQ(text_of("门口"), "info m k=门口");
}

TEST(LogLine, LeavesEmptyTextsOut) {
  EXPECT_EQ(text_of(""), "info m");
  EXPECT_EQ(line_of(Format::json, Level::info, "m", {{"a", ""}, {"b", 0}}),
            R"("level":"info","message":"m","b":0)");
}

TEST(LogLine, NoValueEndsTheLineOrMovesTheCursor) {
  EXPECT_EQ(text_of("a\n2026-11-24T10:00:00.000Z error forged"),
            R"(info m k="a\n2026-11-24T10:00:00.000Z error forged")");
  EXPECT_EQ(text_of("\r\t\x1b[2J\x7f"), R"(info m k="\r\t\u001b[2J\u007f")");
  EXPECT_EQ(text_of(std::string_view("\0", 1)), R"(info m k="\u0000")");
  EXPECT_EQ(text_of("\xC2\x9B"), R"(info m k="\u009b")");
  EXPECT_EQ(text_of(std::string("\xE2\x80\xA8\xE2\x80") + '\xAE'), R"(info m k="\u2028\u202e")");
  EXPECT_EQ(text_of("a\xFF\xC0\x80z"), "info m k=\"a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz\"");
}

TEST(LogLine, IsJsonWithAnyBytes) {
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
  const std::string line =
      "{" + line_of(Format::json, Level::error, every, {{"k", every}, {"n", -1.5}}) + "}";
  const auto read = nlohmann::json::parse(line, nullptr, false);
  ASSERT_FALSE(read.is_discarded()) << line;
  EXPECT_EQ(read["level"], "error");
  EXPECT_EQ(read["n"], -1.5);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(text_of(every).find_first_of("\n\r\x1b\x7f"), std::string::npos);
}

TEST(LogLine, CutsWhatIsLong) {
  EXPECT_EQ(text_of(std::string(longest_value, 'a')), "info m k=" + std::string(longest_value, 'a'));
  EXPECT_EQ(text_of(std::string(100'000, 'a')), "info m k=\"" + std::string(longest_value, 'a') + "…\"");
}

}  // namespace
}  // namespace camfleet::logging
