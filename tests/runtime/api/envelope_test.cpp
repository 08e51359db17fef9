#include "runtime/api/envelope.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

namespace camfleet::api {
namespace {

using Json = nlohmann::ordered_json;

const std::string declaration = R"(<?xml version="1.0" encoding="UTF-8"?>)";

const ApiError not_found{404, "InvalidApi.NotFound",
                         "Specified api is not found, please check your url & method."};

TEST(Answer, IsTheObjectItselfInJson) {
  const Reply reply = answer(Format::json, "ListInstances", R"({"b":"人","a":[1,true,null,2.5]})");
  EXPECT_EQ(reply.status, 200U);
  EXPECT_EQ(reply.content_type, "application/json;charset=utf-8");
  EXPECT_EQ(reply.body, R"({"b":"人","a":[1,true,null,2.5]})");
}

TEST(Answer, IsUnderTheNameOfTheActionInXml) {
  const Reply reply = answer(Format::xml, "ListInstances", R"({
    "Success": true, "Code": "0", "TotalCount": 2, "Rate": 2.5, "None": null, "Empty": "", "Gone": [], "Bare": {},
    "Data": {"Items": [{"Id": "1"}, {"Id": "2"}], "Rows": [["a", "b"]], "Boxes": [{"X": 1}],
             "Data": ["x"], "s": ["y"]}})");
  EXPECT_EQ(reply.status, 200U);
  EXPECT_EQ(reply.content_type, "application/xml");
  EXPECT_EQ(reply.body,
            declaration +
                "<ListInstancesResponse><Success>true</Success><Code>0</Code><TotalCount>2</TotalCount>"
                "<Rate>2.5</Rate><None/><Empty></Empty><Gone/><Bare/>"
                "<Data><Items><Item><Id>1</Id></Item><Item><Id>2</Id></Item></Items>"
                "<Rows><Row><Item>a</Item><Item>b</Item></Row></Rows>"
                "<Boxes><Box><X>1</X></Box></Boxes>"
                "<Data><Item>x</Item></Data><s><Item>y</Item></s></Data></ListInstancesResponse>");
}

TEST(Answer, IsWellFormedWhateverAFieldIsCalled) {
  const Json body = {{"1st", 1}, {"a b", 2}, {"", 3}, {"<x>", 4}, {"人", 5}, {"a-b.c_d", 6}, {"-", 7}};
  const Reply reply = answer(Format::xml, "", json_text(body));
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(reply.body.c_str())) << reply.body;
  std::vector<std::string> names;
  for (const auto& child : document.child("Response")) names.emplace_back(child.name());
  EXPECT_THAT(names, testing::ElementsAre("_1st", "a_b", "_", "__x_", "____", "a-b.c_d", "_-"));
}

TEST(Answer, GivesBackAnyTextThatXmlCanHave) {
  const std::string text = " <a href=\"x\">&amp;'\n\t\r\n]]>人\xC2\x85\x7F\xF0\x9F\x98\x80 ";
  const Reply reply = answer(Format::xml, "Get", json_text({{"Text", text}}));
  EXPECT_EQ(reply.body.find("<a"), std::string::npos);
  EXPECT_EQ(reply.body.find("]]>"), std::string::npos);
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(reply.body.c_str(), pugi::parse_default | pugi::parse_ws_pcdata));
  EXPECT_EQ(std::string(document.child("GetResponse").child("Text").text().get()), text);
}

TEST(Answer, IsWellFormedWithAnyBytes) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  const Json body = {{"Text", bytes}};
  pugi::xml_document document;
  EXPECT_TRUE(document.load_string(answer(Format::xml, "Get", json_text(body)).body.c_str()));
  EXPECT_EQ(std::string(document.child("GetResponse").child("Text").text().get()).find('\x01'),
            std::string::npos);
  EXPECT_TRUE(Json::accept(answer(Format::json, "Get", json_text(body)).body));
}

TEST(Answer, ReplacesInAnErrorWhatXmlCannotHave) {
  // Of a character that breaks off, and one that XML excludes.
  const std::string text =
      "a\xED\x9D"
      "b\xEF\xBF\xBE"
      "c";
  for (const Reply& reply : {gateway_error(Format::xml, {400, "Bad", text}, "id", text),
                             action_error(Format::xml, "Get", {400, "Bad", text}, "id")}) {
    pugi::xml_document document;
    ASSERT_TRUE(document.load_string(reply.body.c_str()));
    EXPECT_EQ(std::string(document.document_element().child("Message").text().get()), xml_text(text));
  }
}

TEST(XmlText, ReplacesWhatXmlCannotHave) {
  const std::string bad = "\xEF\xBF\xBD";
  const std::pair<std::string, std::string> texts[] = {
      {"", ""},
      {"a\tb\nc\rd", "a\tb\nc\rd"},
      {std::string("a\0b", 3), "a" + bad + "b"},
      {"\x01\x08\x0B\x0C\x0E\x1F", bad + bad + bad + bad + bad + bad},
      {"\x7F\xC2\x80\xC2\x9F\xC2\xA0", "\x7F\xC2\x80\xC2\x9F\xC2\xA0"},
      {"\xEF\xBF\xBD", "\xEF\xBF\xBD"},
      {"\xEF\xBF\xBE", bad + bad + bad},
      {"\xEF\xBF\xBF", bad + bad + bad},
      {"\xED\xA0\x80", bad + bad + bad},
      {"\xED\x9F\xBF\xEE\x80\x80", "\xED\x9F\xBF\xEE\x80\x80"},
      {"\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"},
      {"\xF4\x90\x80\x80", bad + bad + bad + bad},
      {"\xC0\x80", bad + bad},
      {"\xE4\xBA", bad + bad},
      {"\xC2", bad},
      {"\xC2x", bad + "x"},
      {"\xFFx", bad + "x"},
      {"人<&>", "人<&>"},
  };
  for (const auto& [text, expected] : texts)
    EXPECT_EQ(xml_text(text), expected) << testing::PrintToString(text);
}

TEST(GatewayError, HasItsFieldsInJson) {
  const Reply reply = gateway_error(Format::json, not_found, "ID-1", "127.0.0.1:80");
  EXPECT_EQ(reply.status, 404U);
  EXPECT_EQ(reply.content_type, "application/json;charset=utf-8");
  EXPECT_EQ(
      reply.body,
      R"({"RequestId":"ID-1","HostId":"127.0.0.1:80","Code":"InvalidApi.NotFound",)"
      R"("Message":"Specified api is not found, please check your url & method.",)"
      R"("Recommend":"https://api.aliyun.com/troubleshoot?q=InvalidApi.NotFound&product=Vcs&requestId=ID-1"})");
}

TEST(GatewayError, HasItsFieldsInXml) {
  const Reply reply = gateway_error(Format::xml, not_found, "ID-1", "h");
  EXPECT_EQ(reply.status, 404U);
  EXPECT_EQ(reply.content_type, "text/xml;charset=utf-8");
  EXPECT_EQ(reply.body,
            declaration +
                "<Error><RequestId>ID-1</RequestId><HostId>h</HostId><Code>InvalidApi.NotFound</Code>"
                "<Message>Specified api is not found, please check your url &amp; method.</Message>"
                "<Recommend>https://api.aliyun.com/troubleshoot?q=InvalidApi.NotFound&amp;product=Vcs"
                "&amp;requestId=ID-1</Recommend></Error>");
}

TEST(GatewayError, KeepsTheLineFeedOfAStringToSign) {
  const ApiError error{400, "SignatureDoesNotMatch", "is:ACS3-HMAC-SHA256\nabc"};
  const Json json = Json::parse(gateway_error(Format::json, error, "ID-1", "h").body);
  EXPECT_EQ(json["Message"], error.message);
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(gateway_error(Format::xml, error, "ID-1", "h").body.c_str()));
  EXPECT_EQ(document.child("Error").child("Message").text().get(), error.message);
}

TEST(ActionError, HasItsFieldsInBothFormats) {
  const ApiError error{500, "RequestFailed", "the <node> is gone"};
  const Reply json = action_error(Format::json, "StartInstance", error, "ID-1");
  EXPECT_EQ(json.status, 500U);
  EXPECT_EQ(json.content_type, "application/json;charset=utf-8");
  EXPECT_EQ(json.body,
            R"({"Code":"RequestFailed","Message":"the <node> is gone","RequestId":"ID-1","Success":false})");
  const Reply xml = action_error(Format::xml, "StartInstance", error, "ID-1");
  EXPECT_EQ(xml.status, 500U);
  EXPECT_EQ(xml.content_type, "text/xml;charset=utf-8");
  EXPECT_EQ(xml.body,
            declaration +
                "<StartInstanceResponse><Code>RequestFailed</Code><Message>the &lt;node&gt; is "
                "gone</Message><RequestId>ID-1</RequestId><Success>false</Success></StartInstanceResponse>");
}

}  // namespace
}  // namespace camfleet::api
