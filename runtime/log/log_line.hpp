#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace camfleet::logging {

enum class Level { debug, info, warn, error };
enum class Format {
  text,  ///< level message key=value …
  json,  ///< members of an object: "level", "message" and the keys
};

/// Characters of a value that are said; what is beyond becomes "…".
inline constexpr std::size_t longest_value = 512;

/// key=value of a line: a text names something, a number measures it.
struct Field {
  Field(std::string_view name, std::string_view text) : key(name), value(text) {}
  Field(std::string_view name, double number);
  template <std::integral Int>
  Field(std::string_view name, Int number) : key(name), value(std::to_string(number)), is_number(true) {}

  std::string_view key;
  std::string value;
  bool is_number = false;
};
using Fields = std::initializer_list<Field>;

std::string_view to_text(Level level);

/// The line without its time and its end. Values are quoted where they would not stand alone; whatever could
/// end the line or move the cursor is escaped as in JSON, and what is not UTF-8 is replaced. A field with an
/// empty text is left out.
std::string line_of(Format format, Level level, std::string_view message, Fields fields);

/// Appends one more field to such a line.
void append_field(std::string& line, Format format, const Field& field);

}  // namespace camfleet::logging
