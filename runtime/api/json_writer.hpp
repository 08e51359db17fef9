#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "actors/base/time.hpp"

namespace camfleet::api {

/// Appends JSON to a text as it comes, with the commas that it takes.
class JsonWriter {
 public:
  /// `out` is empty, or ends where a value may stand.
  explicit JsonWriter(std::string& out) : out_(out) {}

  void begin_object() { begin('{'); }
  void end_object() { out_ += '}'; }
  void begin_array() { begin('['); }
  void end_array() { out_ += ']'; }

  /// The name of the member whose value is next. Nothing in it needs an escape.
  void key(std::string_view name) {
    out_.append(is_first() ? "\"" : ",\"");
    out_.append(name);
    out_.append("\":", 2);
  }

  /// A text, of which what is not UTF-8 is replaced, a whole number or true or false.
  template <class Value>
  void value(const Value& value) {
    separate();
    if constexpr (std::is_same_v<Value, bool>) {
      out_ += value ? "true" : "false";
    } else if constexpr (std::is_integral_v<Value>) {
      number(static_cast<std::int64_t>(value));
    } else {
      text(value);
    }
  }
  /// As to_iso has it.
  void value(Instant at) {
    separate();
    out_ += '"';
    append_iso(out_, at);
    out_ += '"';
  }
  void null() {
    separate();
    out_ += "null";
  }

  template <class Value>
  void member(std::string_view name, const Value& value) {
    key(name);
    this->value(value);
  }

 private:
  void begin(char bracket) {
    separate();
    out_ += bracket;
  }
  /// Of an object or a list, or the value of a member.
  [[nodiscard]] bool is_first() const {
    if (out_.empty()) return true;
    const char last = out_.back();
    return last == '{' || last == '[' || last == ':';
  }
  void separate() {
    if (!is_first()) out_ += ',';
  }
  void number(std::int64_t value);
  void text(std::string_view value);

  std::string& out_;
};

}  // namespace camfleet::api
