#include "runtime/api/route.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace camfleet::api {
namespace {

using ::testing::HasSubstr;

Request asked(const std::string& method, const std::string& path, const std::string& host = "127.0.0.1") {
  Request request;
  request.method = method;
  request.path = path;
  request.headers = {{"host", host}};
  return request;
}

Routes routes(Callers callers) {
  return Routes({static_route("/page.txt", callers, "text/plain", "hello"),
                 {"/call",
                  {},
                  callers,
                  [](const Request&, const Route::Respond& respond) {
                    respond({200, "", "called"});
                  },
                  [](const Request& start) -> api_result<std::size_t> { return start.path.size(); }}});
}

Reply answer_of(const Routes& routes, const Request& request) {
  Reply said;
  const auto route = routes.find(request);
  if (!route.has_value()) return {route.error().status, "", route.error().message};
  route.value()->answer(request, [&](Reply reply) { said = std::move(reply); });
  return said;
}

TEST(Routes, AreFoundByTheirWholePath) {
  const Routes all = routes(Callers::same_site);
  EXPECT_EQ(answer_of(all, asked("PUT", "/call")).body, "called");
  for (const char* path : {"/", "/call/", "/call/x", "/cal", "/CALL", "", "/page.txt?"})
    EXPECT_EQ(answer_of(all, asked("GET", path)).status, 404U) << path;
}

TEST(Routes, SayWhichMethodsAreRight) {
  const Routes all = routes(Callers::same_site);
  const auto route = all.find(asked("POST", "/page.txt"));
  ASSERT_FALSE(route.has_value());
  EXPECT_EQ(route.error().status, 405U);
  EXPECT_EQ(route.error().allow, "GET, HEAD");
  EXPECT_THAT(route.error().message, HasSubstr("GET, HEAD"));
}

TEST(Routes, TellStrangersNotEvenWhichPathsThereAre) {
  const Routes strict = routes(Callers::this_machine);
  for (const char* path : {"/call", "/page.txt", "/nowhere"}) {
    EXPECT_EQ(answer_of(strict, asked("GET", path, "evil.example")).status, 403U) << path;
    Request of_page = asked("GET", path);
    of_page.headers.emplace_back("sec-fetch-site", "cross-site");
    EXPECT_EQ(answer_of(strict, of_page).status, 403U) << path;
    EXPECT_EQ(answer_of(routes(Callers::same_site), of_page).status, 403U) << path;
  }
  EXPECT_EQ(answer_of(routes(Callers::same_site), asked("GET", "/call", "fleet.example")).status, 200U);
}

TEST(Routes, BoundBodies) {
  const Routes all = routes(Callers::same_site);
  EXPECT_EQ(all.body_limit(asked("POST", "/call")).value(), 5U);
  EXPECT_EQ(all.body_limit(asked("GET", "/page.txt")).error().status, 413U);
  EXPECT_EQ(all.body_limit(asked("POST", "/nowhere")).error().status, 404U);
}

TEST(StaticRoute, IsSentOnceToWhoKeepsIt) {
  const Routes all = routes(Callers::same_site);
  const Reply first = answer_of(all, asked("GET", "/page.txt"));
  EXPECT_EQ(first.status, 200U);
  EXPECT_EQ(first.content_type, "text/plain");
  ASSERT_NE(first.bytes, nullptr);
  EXPECT_EQ(*first.bytes, "hello");
  ASSERT_NE(first.header("ETag"), nullptr);
  EXPECT_EQ(*first.header("Cache-Control"), "no-cache");
  const std::string tag = *first.header("ETag");
  const auto again = [&](const std::string& known) {
    Request request = asked("GET", "/page.txt");
    request.headers.emplace_back("if-none-match", known);
    return answer_of(all, request);
  };
  for (const std::string& known :
       {tag, "W/" + tag, "\"other\", " + tag, "\"a\",\t" + tag + " ", std::string("*")}) {
    EXPECT_EQ(again(known).status, 304U) << known;
    EXPECT_EQ(again(known).bytes, nullptr) << known;
    EXPECT_EQ(*again(known).header("ETag"), tag) << known;
  }
  Request in_lines = asked("GET", "/page.txt");
  in_lines.headers.insert(in_lines.headers.end(), {{"if-none-match", "\"other\""}, {"if-none-match", tag}});
  EXPECT_EQ(answer_of(all, in_lines).status, 304U);
  for (const std::string& known : {std::string("\"other\""), std::string(), tag.substr(1), std::string(",,")})
    EXPECT_EQ(again(known).status, 200U) << known;
}

}  // namespace
}  // namespace camfleet::api
