#include "runtime/api/form.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "actors/base/text.hpp"

namespace camfleet::api {
namespace {

constexpr std::size_t max_pairs = 100'000;

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == '~';
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  return std::nullopt;
}

/// Control characters are fine here: JSON that comes as a value has line feeds.
bool is_utf8(std::string text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const auto next = static_cast<unsigned char>(at + 1 < text.size() ? text[at + 1] : 0);
    if (byte < 0x20 || byte == 0x7F) text[at] = ' ';
    if (byte == 0xC2 && next >= 0x80 && next < 0xA0) text[at] = text[at + 1] = ' ';
  }
  return is_plain_utf8(text);
}

/// One name or value. `name` is where an error is: the name as far as it is known.
result<std::string> decode(std::string_view text, std::string_view name) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    char c = text[at] == '+' ? ' ' : text[at];
    if (c == '%') {
      const auto high = at + 1 < text.size() ? hex_digit(text[at + 1]) : std::nullopt;
      const auto low = at + 2 < text.size() ? hex_digit(text[at + 2]) : std::nullopt;
      if (!high || !low)
        return fail(
            Errc::invalid_field, name_text(name),
            quote(text.substr(at, 3)) +
                " is not a percent-encoded byte; write % and two hexadecimal digits, % itself as %25");
      c = static_cast<char>(*high * 16 + *low);
      at += 2;
    }
    if (c == '\0') return fail(Errc::invalid_field, name_text(name), "holds the character NUL; leave it out");
    out += c;
  }
  if (!is_utf8(out))
    return fail(Errc::invalid_field, name_text(name), quote(out) + " is not UTF-8; encode the text as UTF-8");
  return out;
}

}  // namespace

std::string percent_encode(std::string_view text) {
  constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      out += '%';
      out += hex[static_cast<unsigned char>(c) >> 4U];
      out += hex[static_cast<unsigned char>(c) & 0xFU];
    }
  }
  return out;
}

result<Parameters> parse_form(std::string_view text) {
  Parameters pairs;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    if (pairs.size() == max_pairs)
      return fail(Errc::limit, "parameters", "more than " + std::to_string(max_pairs) + "; send fewer");
    const std::string_view raw_name = pair.substr(0, pair.find('='));
    CAMFLEET_TRY(std::string name, decode(raw_name, raw_name));
    CAMFLEET_TRY(std::string value, decode(pair.substr(std::min(raw_name.size() + 1, pair.size())), name));
    pairs.emplace_back(std::move(name), std::move(value));
  }
  return pairs;
}

}  // namespace camfleet::api
