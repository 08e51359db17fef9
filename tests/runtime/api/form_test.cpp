#include "runtime/api/form.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace camfleet::api {
namespace {

using testing::HasSubstr;

Parameters parsed(std::string_view text) {
  auto pairs = parse_form(text);
  EXPECT_TRUE(pairs.has_value()) << text;
  return pairs.has_value() ? std::move(pairs).value() : Parameters();
}

TEST(PercentEncode, LeavesTheUnreservedAlone) {
  const std::string plain = "ABCXYZabcxyz0189-_.~";
  EXPECT_EQ(percent_encode(plain), plain);
  EXPECT_EQ(percent_encode(""), "");
}

TEST(PercentEncode, WritesEveryOtherByteInUpperCase) {
  EXPECT_EQ(percent_encode(" +*!'()/:="), "%20%2B%2A%21%27%28%29%2F%3A%3D");
  EXPECT_EQ(percent_encode("阿"), "%E9%98%BF");
  EXPECT_EQ(percent_encode(std::string_view("\0\x7F\xFF", 3)), "%00%7F%FF");
}

TEST(ParseForm, KeepsTheOrderTheEmptyAndTheRepeated) {
  const Parameters expected = {{"b", "2"}, {"a", "1"}, {"flag", ""}, {"empty", ""}, {"a", "1"}, {"", "x"}};
  EXPECT_EQ(parsed("&b=2&&a=1&flag&empty=&a=1&=x&"), expected);
  EXPECT_EQ(parsed(""), Parameters());
  EXPECT_EQ(parsed("&&&"), Parameters());
}

TEST(ParseForm, Decodes) {
  const Parameters expected = {{"a b", "c+d e"}, {"名", "值"}, {"raw", "!'()*~值"}, {"e", "1=2=3"}};
  EXPECT_EQ(parsed("a+b=c%2Bd%20e&%e5%90%8D=%E5%80%BC&raw=!'()*~值&e=1=2=3"), expected);
}

TEST(ParseForm, TakesControlCharactersButNul) {
  const Parameters expected = {{"json", "{\n\t\"a\": 1\r\n}"}, {"c1", "\xC2\x85\x7F"}};
  EXPECT_EQ(parsed("json=%7B%0A%09%22a%22:+1%0D%0A%7D&c1=%C2%85%7F"), expected);
}

struct Refusal {
  std::string_view text;
  std::string where;
  std::string words;
};

TEST(ParseForm, RefusesWithTheNameAndTheReason) {
  const Refusal refusals[] = {
      {"ok=1&Name=%", "Name", "'%' is not a percent-encoded byte"},
      {"Name=%4", "Name", "'%4' is not"},
      {"Name=%zz1", "Name", "'%zz' is not"},
      {"Name=%4g", "Name", "'%4g' is not"},
      {"Na%me=1", "Na%me", "'%me' is not"},
      {"Name=a%00b", "Name", "NUL"},
      {std::string_view("Name=a\0b", 8), "Name", "NUL"},
      {"N%00=1", "N%00", "NUL"},
      {"Name=%FF", "Name", "not UTF-8"},
      {"Name=%C0%80", "Name", "not UTF-8"},
      {"Name=%ED%A0%80", "Name", "not UTF-8"},
      {"Name=%F4%90%80%80", "Name", "not UTF-8"},
      {"Name=%E9%98", "Name", "not UTF-8"},
      {"Name=%C2", "Name", "not UTF-8"},
      {"Name=%E9%C2%85", "Name", "not UTF-8"},
      {"Name=%85", "Name", "not UTF-8"},
      {"%E9%98%BF=%FF", "阿", "not UTF-8"},
      {"\xFF=1", "'?'", "not UTF-8"},
      {"%FF=1", "%FF", "not UTF-8"},
  };
  for (const Refusal& refusal : refusals) {
    const auto pairs = parse_form(refusal.text);
    ASSERT_FALSE(pairs.has_value()) << refusal.text;
    EXPECT_EQ(pairs.error().code, Errc::invalid_field) << refusal.text;
    EXPECT_EQ(pairs.error().where, refusal.where) << refusal.text;
    EXPECT_THAT(pairs.error().what, HasSubstr(refusal.words));
    EXPECT_EQ(pairs.error().line().find('\n'), std::string::npos);
  }
}

TEST(ParseForm, TakesAHundredThousandPairs) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "&a=1";
  EXPECT_EQ(parsed(text).size(), 100'000U);
  const auto pairs = parse_form(text + "&a");
  ASSERT_FALSE(pairs.has_value());
  EXPECT_EQ(pairs.error().code, Errc::limit);
}

void append_utf8(std::string& out, char32_t code) {
  const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80U | ((code >> shift) & 0x3FU)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0U | (code >> 6U));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0U | (code >> 12U));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0U | (code >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

TEST(ParseForm, GivesBackWhatWasEncoded) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same texts every time
  constexpr char32_t ends[] = {0x80, 0x100, 0x800, 0x10000, 0x110000};
  const auto text = [&](std::size_t least) {
    std::string out;
    const std::size_t length = least + random() % 12;
    for (std::size_t i = 0; i < length; ++i) {
      char32_t code = 1 + random() % (ends[random() % std::size(ends)] - 1);
      if (code >= 0xD800 && code <= 0xDFFF) code = '&';
      append_utf8(out, code);
    }
    return out;
  };
  for (int round = 0; round < 2'000; ++round) {
    Parameters pairs;
    std::string form;
    for (std::size_t count = random() % 5; count > 0; --count) {
      const auto& [name, value] = pairs.emplace_back(text(1), text(0));
      form += (form.empty() ? "" : "&") + percent_encode(name) + "=" + percent_encode(value);
    }
    ASSERT_EQ(parsed(form), pairs) << form;
  }
}

}  // namespace
}  // namespace camfleet::api
