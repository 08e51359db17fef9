#include "runtime/api/envelope.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/base/text.hpp"
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
  if (list.size() < 2 || !list.ends_with('s')) return "Item";
  return std::string(list.substr(0, list.size() - (list.ends_with("xes") ? 2 : 1)));
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '\r':
        // A bare one is read as a line feed.
        out += "&#13;";
        break;
      default:
        out += c;
    }
  }
}

/// Writes the elements of a JSON text as it is read.
class Elements final : public nlohmann::json_sax<Json> {
 public:
  Elements(std::string& out, std::string_view root) : out_(out), name_(root) {}

  bool null() override {
    start();
    out_ += "/>";
    return true;
  }
  bool boolean(bool value) override { return leaf(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return leaf(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return leaf(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { return leaf(text); }
  bool string(string_t& value) override { return leaf(xml_text(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(false); }
  bool key(string_t& name) override {
    name_ = name;
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(true); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  struct Open {
    std::string element;
    std::string entry;  ///< of a list: what its entries are called
    bool is_list = false;
    bool is_empty = true;
  };

  /// The start tag of the next element, without its end.
  std::string start() {
    if (!open_.empty()) {
      Open& parent = open_.back();
      if (parent.is_empty) out_ += '>';
      parent.is_empty = false;
      if (parent.is_list) name_ = parent.entry;
    }
    std::string element = element_name(name_);
    out_ += '<';
    out_ += element;
    return element;
  }
  bool leaf(std::string_view text) {
    const std::string element = start();
    out_ += '>';
    append_escaped(out_, text);
    end(element);
    return true;
  }
  bool open(bool is_list) {
    std::string element = start();
    open_.push_back({std::move(element), is_list ? entry_name(name_) : "", is_list});
    return true;
  }
  bool close() {
    if (open_.back().is_empty) {
      out_ += "/>";
    } else {
      end(open_.back().element);
    }
    open_.pop_back();
    return true;
  }
  void end(const std::string& element) {
    out_ += "</";
    out_ += element;
    out_ += '>';
  }

  std::string& out_;
  std::string name_;  ///< of the next element
  std::vector<Open> open_;
};

std::string to_xml(std::string_view root, const std::string& body) {
  std::string text = R"(<?xml version="1.0" encoding="UTF-8"?>)";
  text.reserve(2 * body.size() + text.size());
  Elements elements(text, root);
  Json::sax_parse(body, &elements);
  return text;
}

/// So long a caller waits who is refused for now, in seconds.
constexpr std::string_view retry_after = "1";

Reply error_reply(Format format, const ApiError& of, const std::string& root, Json error) {
  Reply reply{of.status, {}, {}};
  if (of.status == 503) reply.headers.emplace_back("Retry-After", retry_after);
  if (!of.allow.empty()) reply.headers.emplace_back("Allow", of.allow);
  if (format != Format::xml) {
    reply.content_type = json_type;
    reply.body = json_text(error);
    return reply;
  }
  // What a caller sent may stand in it: JSON replaces what is not UTF-8 in another way.
  for (auto& [name, value] : error.items()) {
    if (value.is_string()) value = xml_text(value.get_ref<const std::string&>());
  }
  reply.content_type = xml_error_type;
  reply.body = to_xml(root, json_text(error));
  return reply;
}

}  // namespace

std::string json_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Reply answer(Format format, std::string_view action, std::string body) {
  if (format == Format::xml)
    return {200, std::string(xml_answer_type), to_xml(std::string(action) + "Response", body)};
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
  return error_reply(format, error, "Error", body);
}

Reply action_error(Format format, std::string_view action, const ApiError& error,
                   std::string_view request_id) {
  const Json body = {
      {"Code", error.code}, {"Message", error.message}, {"RequestId", request_id}, {"Success", false}};
  return error_reply(format, error, std::string(action) + "Response", body);
}

std::string xml_text(std::string_view text) {
  if (std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; })) return std::string(text);
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
