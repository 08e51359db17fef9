#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace camfleet {

/// A whole decimal number and nothing else: no sign but '-', no spaces, no overflow.
template <class Int = std::int64_t>
std::optional<Int> parse_int(std::string_view text) {
  Int value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "true" or "false" in any case: some clients send True.
std::optional<bool> parse_bool(std::string_view text);

/// Two lower-case hexadecimal digits for each byte.
std::string to_hex(std::string_view bytes);
/// ASCII letters in lower case.
std::string to_lower(std::string_view text);

/// Appends `value` in decimal, with leading zeros up to `width` digits; value ≥ 0 where width > 0.
inline void append_int(std::string& out, std::int64_t value, int width = 0) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  for (auto length = end - digits; length < width; ++length) out += '0';
  out.append(digits, end);
}

/// `text` in single quotes, shortened to 60 characters, control characters as '?': fit for a one-line
/// message.
std::string quote(std::string_view text);

/// The name of a field that a caller gave: as it stands where it is short and plain, else quoted.
std::string name_text(std::string_view name);

/// Appends `text` as a JSON string with its quotes; a byte that is no UTF-8 as U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// What stands for a quotation mark, a backslash, a line end or a tab in JSON; empty for any other character.
constexpr std::string_view short_escape(char32_t code) {
  switch (code) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    case '\r':
      return "\\r";
    default:
      return {};
  }
}

/// Decodes one character at `at`; returns its length in bytes, or 0 when it is not valid UTF-8.
std::size_t decode_utf8(std::string_view text, std::size_t at, char32_t& code);

/// True when `text` is valid UTF-8 without control characters (U+0000–U+001F, U+007F–U+009F).
bool is_plain_utf8(std::string_view text);

/// The number of Unicode characters of valid UTF-8.
std::size_t utf8_length(std::string_view text);

}  // namespace camfleet
