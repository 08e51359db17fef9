#include "runtime/api/caller.hpp"

#include <gtest/gtest.h>

namespace camfleet::api {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

bool may(const Headers& headers, bool is_unsigned = false) {
  Request request;
  request.method = "GET";
  request.headers = headers;
  const auto said = check_caller(request, is_unsigned);
  if (!said.has_value()) {
    EXPECT_EQ(said.error().status, 403U);
    EXPECT_EQ(said.error().code, "Forbidden");
  }
  return said.has_value();
}

TEST(Caller, IsCalledByAnyNameWhereItIsSigned) {
  EXPECT_TRUE(may({{"host", "camfleet.example"}}));
  EXPECT_TRUE(may({}));
}

TEST(Caller, IsCalledByALoopbackNameAloneWhereItIsUnsigned) {
  for (const char* host : {"localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:8080", "127.9.9.9:1",
                           "[::1]", "[::1]:8080", "camfleet.localhost:8080"})
    EXPECT_TRUE(may({{"host", host}}, true)) << host;
  for (const char* host : {"", "rebound.example", "rebound.example:8080", "localhost.example",
                           "127.0.0.1.example", "10.0.0.1", "0.0.0.0:8080", "[::]:8080", "[fe80::1]",
                           "notlocalhost", "2130706433", "[::1", "[", "[::1]evil.example", ":8080"})
    EXPECT_FALSE(may({{"host", host}}, true)) << host;
  EXPECT_FALSE(may({}, true));
}

TEST(Caller, OriginIsTheServersOwn) {
  const auto from = [](const char* origin, const char* host) {
    return may({{"host", host}, {"origin", origin}});
  };
  EXPECT_TRUE(from("http://127.0.0.1:8080", "127.0.0.1:8080"));
  EXPECT_TRUE(from("http://Localhost:8080", "localhost:8080"));
  EXPECT_TRUE(from("https://camfleet.example", "camfleet.example"));
  EXPECT_TRUE(from("https://camfleet.example", "camfleet.example:443"));
  EXPECT_TRUE(from("http://camfleet.example:80", "camfleet.example"));
  EXPECT_TRUE(from("http://[::1]:8080", "[::1]:8080"));
  EXPECT_TRUE(from("http://[::1]", "[::1]:80"));
  for (const char* origin : {"", "null", "http://evil.example", "http://localhost:8081", "http://localhost",
                             "https://localhost:80800", "file://", "localhost:8080",
                             "http://localhost:8080.evil", "http://evil@localhost:8080"})
    EXPECT_FALSE(from(origin, "localhost:8080")) << origin;
  EXPECT_FALSE(may({{"host", "localhost"}, {"origin", "http://localhost"}, {"origin", "http://evil"}}));
}

TEST(Caller, FetchMetadataSaysNoOtherSite) {
  for (const char* site : {"none", "same-origin"}) EXPECT_TRUE(may({{"sec-fetch-site", site}})) << site;
  for (const char* site : {"cross-site", "same-site", "", "None"})
    EXPECT_FALSE(may({{"sec-fetch-site", site}})) << site;
}

TEST(Caller, ABrowserChangesByPostAlone) {
  for (const Action& action : actions()) {
    for (const Headers& headers :
         {Headers{}, Headers{{"sec-fetch-site", "none"}}, Headers{{"origin", "http://localhost"}}}) {
      for (const char* method : {"GET", "POST"}) {
        Request request;
        request.method = method;
        request.headers = headers;
        const bool is_refused =
            action.effect == Effect::changes && request.method == "GET" && !headers.empty();
        EXPECT_EQ(check_method(request, action).has_value(), !is_refused) << action.name << method;
      }
    }
  }
}

TEST(Caller, AProgramThatSaysItsModeIsNoBrowser) {
  Request request;
  request.method = "GET";
  request.headers = {{"sec-fetch-mode", "cors"}};
  EXPECT_TRUE(check_method(request, *find_action("BatchDeleteInstance")).has_value());
}

TEST(Caller, WhatIsCalledAListOrADescriptionReads) {
  for (const Action& action : actions()) {
    const bool reads = action.name.starts_with("List") || action.name.starts_with("Describe") ||
                       action.name.starts_with("Get");
    EXPECT_EQ(action.effect == Effect::reads, reads) << action.name;
  }
}

}  // namespace
}  // namespace camfleet::api
