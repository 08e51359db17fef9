#include "runtime/log/log_line.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "actors/base/text.hpp"

namespace camfleet::logging {
namespace {

/// C0 and C1 controls, line and paragraph separators, and what turns the direction of writing.
bool is_unsafe(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0x200E || code == 0x200F || code == 0xFEFF;
}

void append_escaped(std::string& out, std::string_view text, char32_t code) {
  if (const std::string_view escape = short_escape(code); !escape.empty()) {
    out += escape;
  } else if (is_unsafe(code)) {
    out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(code));
  } else {
    out += text;
  }
}

std::string escaped(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  for (std::size_t said = 0; at < text.size(); ++said) {
    if (said == longest_value) return out += "…";
    char32_t code = 0;
    const std::size_t length = decode_utf8(text, at, code);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else {
      append_escaped(out, text.substr(at, length), code);
    }
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

bool stands_alone(std::string_view text, std::string_view in_escapes) {
  return text == in_escapes && text.find_first_of(" =") == std::string_view::npos;
}

}  // namespace

Field::Field(std::string_view name, double number)
    : key(name), value(fmt::format("{:.6g}", std::isfinite(number) ? number : 0.0)), is_number(true) {}

std::string_view to_text(Level level) {
  constexpr std::array<std::string_view, 4> names{"debug", "info", "warn", "error"};
  return names[static_cast<std::size_t>(level)];
}

void append_field(std::string& line, Format format, const Field& field) {
  if (field.value.empty()) return;
  const std::string value = escaped(field.value);
  const bool is_json = format == Format::json;
  const bool quoted = !field.is_number && (is_json || !stands_alone(field.value, value));
  line += is_json ? ",\"" : " ";
  line += field.key;
  line += is_json ? "\":" : "=";
  if (quoted) line += '"';
  line += value;
  if (quoted) line += '"';
}

std::string line_of(Format format, Level level, std::string_view message, Fields fields) {
  std::string line = format == Format::json
                         ? fmt::format(R"("level":"{}","message":"{}")", to_text(level), escaped(message))
                         : fmt::format("{} {}", to_text(level), escaped(message));
  for (const Field& field : fields) append_field(line, format, field);
  return line;
}

}  // namespace camfleet::logging
