#include "actors/base/text.hpp"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "actors/base/error.hpp"
#include "actors/base/json_text.hpp"

namespace camfleet {
namespace {

std::string many(std::string_view text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

std::string in_quotes(std::string_view text, std::string_view end = "") {
  std::string out = "'";
  out += text;
  out += end;
  out += '\'';
  return out;
}

TEST(ParseInt, Table) {
  EXPECT_EQ(parse_int("0"), 0);
  EXPECT_EQ(parse_int("-12"), -12);
  EXPECT_EQ(parse_int("007"), 7);
  EXPECT_EQ(parse_int("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(parse_int<unsigned>("12"), 12U);
  for (const char* text : {"", " 1", "1 ", "+1", "1.0", "0x10", "1e3", "9223372036854775808", "--1", "-"}) {
    EXPECT_FALSE(parse_int(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_int<unsigned>("-1").has_value());
  EXPECT_FALSE(parse_int<std::uint8_t>("256").has_value());
}

TEST(AppendJsonString, AByteThatIsNoUtf8IsReplaced) {
  std::string out;
  append_json_string(out, "a\xC3\xA4\xFF\xC3 \xE9\x97\xA8\n");
  EXPECT_EQ(out, "\"a\xC3\xA4\xEF\xBF\xBD\xEF\xBF\xBD \xE9\x97\xA8\\n\"");
  EXPECT_TRUE(nlohmann::json::parse(out, nullptr, false).is_string());
}

TEST(AppendInt, LeadingZeros) {
  std::string out;
  append_int(out, 5, 3);
  append_int(out, 1234, 3);
  append_int(out, -7);
  append_int(out, INT64_MIN);
  EXPECT_EQ(out, "0051234-7-9223372036854775808");
}

TEST(Quote, Table) {
  EXPECT_EQ(quote(""), "''");
  EXPECT_EQ(quote("a 'b'"), "'a 'b''");
  EXPECT_EQ(quote("a\nb\x1B[0m\x7F"), "'a?b?[0m?'");
  EXPECT_EQ(quote("\xC2\x85"), "'?'");
  EXPECT_EQ(quote("a\xFF\xE4\xB8"), in_quotes("a?"
                                              "??"));
  EXPECT_EQ(quote("摄像头"), "'摄像头'");
  EXPECT_EQ(quote(many("a", 60)), in_quotes(many("a", 60)));
  EXPECT_EQ(quote(many("a", 61)), in_quotes(many("a", 60), "…"));
  EXPECT_EQ(quote(many("务", 60)), in_quotes(many("务", 60)));
  EXPECT_EQ(quote(many("务", 61)), in_quotes(many("务", 60), "…"));
}

TEST(NameText, PlainNamesStandAsTheyAre) {
  EXPECT_EQ(name_text("Devices.1.DeviceId"), "Devices.1.DeviceId");
  EXPECT_EQ(name_text(""), "''");
  EXPECT_EQ(name_text("a\nb"), "'a?b'");
  EXPECT_EQ(name_text(many("a", 61)), in_quotes(many("a", 60), "…"));
}

TEST(JsonString, ReadsBack) {
  std::string all;
  for (int c = 1; c < 0x80; ++c) all += static_cast<char>(c);
  all += "摄像头😀";
  all += '\0';
  std::string out;
  append_json_string(out, all);
  EXPECT_EQ(nlohmann::json::parse(out).get<std::string>(), all);
  out.clear();
  append_json_string(out, "a\"\\\n\x01");
  EXPECT_EQ(out, R"("a\"\\\n\u0001")");
}

TEST(Utf8, Table) {
  for (const char* text : {"", "abc", "é", "摄像头", "😀", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_plain_utf8(text)) << text;
  }
  for (const char* text :
       {"\n", "\x7F", "\xC2\x80", "\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80",
        "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE4\xB8", "a\xFF"}) {
    EXPECT_FALSE(is_plain_utf8(text)) << quote(text);
  }
  EXPECT_FALSE(is_plain_utf8(std::string_view("a\0b", 3)));
  EXPECT_EQ(utf8_length("aé摄😀"), 4U);
}

TEST(Errors, OneLine) {
  EXPECT_EQ((Error{Errc::limit, "", ""}.line()), "a limit was reached");
  EXPECT_EQ((Error{Errc::limit, "x", ""}.line()), "x: a limit was reached");
  EXPECT_EQ((Error{Errc::limit, "x", "y"}.line()), "x: y");
  EXPECT_EQ(within("f", {Errc::limit, "x", "y"}).line(), "f: x: y");
  EXPECT_EQ(within("f", {Errc::limit, "", "y"}).line(), "f: y");
  EXPECT_EQ(within("", {Errc::limit, "x", "y"}).line(), "x: y");
}

TEST(Shown, ValuesAsJson) {
  EXPECT_EQ(shown("text"), "'text'");
  EXPECT_EQ(shown({{"a", {1, 2}}}), R"('{"a":[1,2]}')");
  EXPECT_EQ(shown(nlohmann::json::array({"\xFF"})), "'[\"�\"]'");
  EXPECT_EQ(shown(many("x", 100)), in_quotes(many("x", 60), "…"));
}

}  // namespace
}  // namespace camfleet
