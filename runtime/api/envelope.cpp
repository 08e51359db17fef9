#include "runtime/api/envelope.hpp"

#include <array>
#include <cstddef>
#include <sstream>
#include <utility>

#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "actors/text.hpp"
#include "runtime/api/form.hpp"

namespace camfleet::api {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view json_type = "application/json;charset=utf-8";
constexpr std::string_view xml_answer_type = "application/xml";
constexpr std::string_view xml_error_type = "text/xml;charset=utf-8";
constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// The length of the character at `at` that XML 1.0 can have, or 0.
std::size_t xml_character(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return first >= 0x20 || first == '\t' || first == '\n' || first == '\r' ? 1 : 0;
  const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  const std::string_view character = text.substr(at, length);
  if (character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF") return 0;
  // U+0080–U+009F are not plain, but XML can have them.
  const bool control = first == 0xC2 && character.size() == 2 &&
                       static_cast<unsigned char>(character[1]) >= 0x80 &&
                       static_cast<unsigned char>(character[1]) < 0xA0;
  return control || (character.size() == length && is_plain_utf8(character)) ? length : 0;
}

/// Fit for the name of an element, whatever a field is called.
std::string element_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    const bool later = (c >= '0' && c <= '9') || c == '-' || c == '.';
    if (!letter && out.empty()) out += '_';
    out += letter || later ? c : '_';
  }
  return out.empty() ? "_" : out;
}

std::string entry_name(std::string_view list) {
  const bool plural = list.size() > 1 && list.ends_with('s');
  return plural ? std::string(list.substr(0, list.size() - 1)) : "Item";
}

void fill(pugi::xml_node node, std::string_view name, const Json& value) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) {
      fill(node.append_child(element_name(key).c_str()), key, inner);
    }
  } else if (value.is_array()) {
    const std::string entry = entry_name(name);
    for (const auto& inner : value) fill(node.append_child(element_name(entry).c_str()), entry, inner);
  } else if (!value.is_null()) {
    const std::string text =
        value.is_string() ? xml_text(value.get_ref<const std::string&>()) : json_text(value);
    node.text().set(text.c_str());
  }
}

std::string to_xml(const std::string& root, const Json& body) {
  pugi::xml_document document;
  fill(document.append_child(element_name(root).c_str()), root, body);
  std::ostringstream out;
  document.save(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  std::string text = R"(<?xml version="1.0" encoding="UTF-8"?>)";
  // A bare carriage return is read as a line feed.
  for (const char c : out.view()) {
    if (c == '\r') {
      text += "&#13;";
    } else {
      text += c;
    }
  }
  return text;
}

Reply error_reply(Format format, unsigned status, const std::string& root, const Json& body) {
  if (format == Format::xml) return {status, std::string(xml_error_type), to_xml(root, body)};
  return {status, std::string(json_type), json_text(body)};
}

}  // namespace

std::string json_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Reply answer(Format format, std::string_view action, std::string body) {
  if (format == Format::xml)
    return {200, std::string(xml_answer_type), to_xml(std::string(action) + "Response", Json::parse(body))};
  return {200, std::string(json_type), std::move(body)};
}

Reply gateway_error(Format format, const ApiError& error, std::string_view request_id,
                    std::string_view host) {
  const std::string help = "https://api.aliyun.com/troubleshoot?q=" + percent_encode(error.code) +
                           "&product=Vcs&requestId=" + percent_encode(request_id);
  const Json body = {{"RequestId", request_id},
                     {"HostId", host},
                     {"Code", error.code},
                     {"Message", error.message},
                     {"Recommend", help}};
  return error_reply(format, error.status, "Error", body);
}

Reply action_error(Format format, std::string_view action, const ApiError& error,
                   std::string_view request_id) {
  const Json body = {
      {"Code", error.code}, {"Message", error.message}, {"RequestId", request_id}, {"Success", false}};
  return error_reply(format, error.status, std::string(action) + "Response", body);
}

std::string xml_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = xml_character(text, at);
    out += length == 0 ? replacement : text.substr(at, length);
    at += length == 0 ? 1 : length;
  }
  return out;
}

}  // namespace camfleet::api
