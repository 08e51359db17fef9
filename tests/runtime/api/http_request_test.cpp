#include "runtime/api/http_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/api/json_body.hpp"

namespace camfleet::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

result<Request> posted(const std::string& type, const std::string& body) {
  return request_of("POST", "/?Action=ListInstances", {{"content-type", type}}, body);
}

TEST(MediaTypes, HaveNoCase) {
  for (const char* type : {"application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded",
                           "application/x-www-form-urlencoded; charset=utf-8",
                           " APPLICATION/X-WWW-FORM-URLENCODED ;charset=UTF-8"}) {
    const auto request = posted(type, "A=1");
    ASSERT_TRUE(request.has_value()) << type;
    EXPECT_THAT(request.value().form, ElementsAre(Pair("A", "1"))) << type;
    EXPECT_FALSE(request.value().is_json) << type;
  }
  for (const char* type : {"application/json", "Application/JSON", "APPLICATION/JSON;charset=utf-8"}) {
    const auto request = posted(type, R"({"A":"1"})");
    ASSERT_TRUE(request.has_value()) << type;
    EXPECT_THAT(request.value().form, ElementsAre(Pair("A", "1"))) << type;
    EXPECT_TRUE(request.value().is_json) << type;
  }
  for (const char* type : {"application/x-www-form-urlencoded-not", "application/jsonp", "text/plain"}) {
    EXPECT_THAT(posted(type, "A=1").value().form, IsEmpty()) << type;
  }
}

TEST(JsonBody, KeepsTextsAsTheyAreAndTheRestAsJson) {
  const auto pairs = parse_json_body(
      R"({"Name":"a \"b\"","Count":3,"Share":1.5,"On":true,"Nothing":null,"Ids":["1",2],"Deep":[{"A":[{"B":[]}]}]})");
  ASSERT_TRUE(pairs.has_value()) << pairs.error().line();
  EXPECT_THAT(pairs.value(), ElementsAre(Pair("Count", "3"), Pair("Deep", R"([{"A":[{"B":[]}]}])"),
                                         Pair("Ids", R"(["1",2])"), Pair("Name", "a \"b\""),
                                         Pair("On", "true"), Pair("Share", "1.5")));
  EXPECT_THAT(parse_json_body("{}").value(), IsEmpty());
}

TEST(JsonBody, SaysWhatIsWrong) {
  const auto error = [](const std::string& text) { return parse_json_body(text).error(); };
  EXPECT_THAT(error("[1]").line(), HasSubstr("is no JSON object"));
  EXPECT_THAT(error("{\"A\":").line(), HasSubstr("is not JSON: it goes wrong at line 1"));
  EXPECT_THAT(error("A=1").line(), HasSubstr("is not JSON"));
  EXPECT_EQ(error(R"({"A":1,"B":{"A":2},"A":1})").line(), "A: given twice; give it once");
  EXPECT_TRUE(parse_json_body(R"({"B":[{"A":1},{"A":2}]})").has_value());
  EXPECT_THAT(error(R"({"A":"\u0000"})").line(), HasSubstr("NUL"));
  EXPECT_EQ(error(R"({"A":)" + std::string(40, '[') + std::string(40, ']') + "}").code, Errc::limit);
  std::string many = R"({"A":[0)";
  for (int i = 0; i < 200'000; ++i) many += ",0";
  EXPECT_EQ(error(many + "]}").code, Errc::limit);
  EXPECT_TRUE(parse_json_body(R"({"A":")" + std::string(300'000, ',') + R"("})").has_value());
}

TEST(JsonBody, AnErrorNamesTheBody) {
  const auto request = posted("application/json", "[]");
  ASSERT_FALSE(request.has_value());
  EXPECT_THAT(request.error().line(), HasSubstr("body: '[]' is no JSON object"));
}

}  // namespace
}  // namespace camfleet::api
