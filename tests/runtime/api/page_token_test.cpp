#include "runtime/api/page_token.hpp"

#include <algorithm>
#include <cctype>
#include <limits>

#include <gtest/gtest.h>

#include "runtime/api/base64.hpp"

namespace camfleet::api {
namespace {

constexpr auto least = std::numeric_limits<std::int64_t>::min();
constexpr auto most = std::numeric_limits<std::int64_t>::max();

TEST(PageToken, ComesBackAsItWas) {
  for (const store::Cursor& cursor :
       {store::Cursor{}, store::Cursor{true, 1'772'380'800'000'000'000, 7, "gate"},
        store::Cursor{false, most, least, "дом \"?>~/\\\n"}}) {
    const std::string token = token_of(cursor);
    EXPECT_EQ(cursor_of(token).value(), cursor) << token;
    EXPECT_TRUE(std::ranges::all_of(token, [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '-' || c == '_';
    })) << token;
  }
}

TEST(PageToken, WhatIsNoneIsRefused) {
  for (const std::string& token :
       {std::string("x"), std::string("!"), base64("[]"), base64("[true,1,2]"), base64("[1,1,2,\"a\"]"),
        base64("[true,1.5,2,\"a\"]"), base64("[true,1,2,3]"), base64("{\"a\":1}"),
        base64("[true,1,2,\"a\"]") + "A"}) {
    const auto refused = cursor_of(token);
    ASSERT_FALSE(refused.has_value()) << token;
    EXPECT_EQ(refused.error().code, Errc::invalid_field);
    EXPECT_EQ(refused.error().where, "NextToken");
  }
}

}  // namespace
}  // namespace camfleet::api
