#include "tests/fuzz/reply_check.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "actors/base/json_text.hpp"
#include "actors/base/text.hpp"
#include "tests/fuzz/require.hpp"

namespace camfleet::fuzz {
namespace {

using api::ApiError;
using api::Format;
using nlohmann::ordered_json;

constexpr std::size_t longest_message = 2000;

bool is_utf8(const std::string& text) {
  try {
    static_cast<void>(nlohmann::json(text).dump());
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

ordered_json json_of(const std::string& body) {
  auto value = ordered_json::parse(body, nullptr, false);
  require(value.is_object(), "an answer in JSON is an object", body);
  return value;
}

/// pugixml takes more than XML allows: the characters are looked at here.
pugi::xml_node root_of(pugi::xml_document& document, const std::string& body) {
  require(is_utf8(body), "an answer in XML is UTF-8", body);
  require(std::ranges::none_of(body, [](char c) { return c >= 0 && c < 0x20 && c != '\t' && c != '\n'; }),
          "an answer in XML has no control characters", body);
  constexpr unsigned options = pugi::parse_default | pugi::parse_ws_pcdata;
  const auto parsed = document.load_buffer(body.data(), body.size(), options, pugi::encoding_utf8);
  require(static_cast<bool>(parsed), "an answer in XML is well-formed", body);
  const pugi::xml_node root = document.document_element();
  const std::string_view name = root.name();
  require(name == "Error" || (name.size() > 8 && name.ends_with("Response")),
          "an answer in XML is under its name", body);
  return root;
}

std::string text_of(const pugi::xml_node& node) {
  return node.text().get();
}

bool is_code(const std::string& code) {
  return !code.empty() && code.size() <= 64 && std::ranges::all_of(code, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
  });
}

void check_error_texts(const std::string& text) {
  const ApiError error{400, "InvalidParameter", text};
  for (const bool of_action : {false, true}) {
    const auto reply = [&](Format format) {
      return of_action ? action_error(format, "ListInstances", error, "id")
                       : gateway_error(format, error, "id", text);
    };
    const ordered_json said = json_of(reply(Format::json).body);
    const auto message = said["Message"].get<std::string>();
    if (is_utf8(text)) require(message == text, "JSON gives the message back", message);
    pugi::xml_document document;
    const auto root = root_of(document, reply(Format::xml).body);
    require(text_of(root.child("Message")) == api::xml_text(text), "XML gives the message back", text);
    if (!of_action)
      require(text_of(root.child("HostId")) == api::xml_text(text), "XML gives the host back", text);
  }
}

}  // namespace

Said read_reply(const api::Reply& reply) {
  Said said{reply.status, Format::json, "", ""};
  std::string request_id;
  if (reply.content_type == "application/json;charset=utf-8") {
    const ordered_json body = json_of(reply.body);
    said.code = body.value("Code", "");
    said.message = body.value("Message", "");
    request_id = body.value("RequestId", "");
  } else {
    said.format = Format::xml;
    require(reply.content_type == (reply.status == 200 ? "application/xml" : "text/xml;charset=utf-8"),
            "an answer is JSON or XML", reply.content_type);
    pugi::xml_document document;
    const pugi::xml_node root = root_of(document, reply.body);
    said.code = text_of(root.child("Code"));
    said.message = text_of(root.child("Message"));
    request_id = text_of(root.child("RequestId"));
  }
  const bool is_fine = said.code == "0" || said.code == "200";
  require(is_code(said.code), "an answer has a code that is a name", reply.body);
  require(is_fine == (reply.status == 200), "the status is that of the code", reply.body);
  require(is_fine || (reply.status >= 400 && reply.status <= 500), "a refusal has its status", reply.body);
  require(request_id.size() == 36, "an answer has the request's id", reply.body);
  require(!said.message.empty(), "an answer has a message", reply.body);
  if (said.code != "SignatureDoesNotMatch") {
    require(is_plain_utf8(said.message), "a message is one line", reply.body);
    require(said.message.size() <= longest_message, "a message is short", reply.body);
  }
  return said;
}

void check_envelopes(const std::string& text) {
  check_error_texts(text);
  const auto parsed = parse_json(text, "body");
  const ordered_json body = {{"Text", text}, {text, parsed.has_value() ? parsed.value() : nlohmann::json()}};
  const auto said =
      ordered_json::parse(answer(Format::json, "ListInstances", api::json_text(body)).body, nullptr, false);
  require(said.is_object(), "JSON gives any answer back", text);
  if (is_utf8(text)) require(said == body, "JSON gives the answer back as it is", text);
  pugi::xml_document document;
  const auto root = root_of(document, answer(Format::xml, "ListInstances", api::json_text(body)).body);
  // As JSON has it, of which XML is made.
  const auto json_says = said["Text"].get<std::string>();
  require(text_of(root.child("Text")) == api::xml_text(json_says), "XML gives a text back", text);
}

}  // namespace camfleet::fuzz
