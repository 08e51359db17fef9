#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace camfleet::yaml {

/// A value of a YAML document and where it stands. What is written as null, ~ or nothing at all is `nothing`;
/// all other single values are texts, whatever they look like.
class Value {
 public:
  enum class Kind { nothing, text, list, mapping };
  struct Entry;

  // Where an entry is a whole type.
  Value();
  Value(Kind kind, int line);
  ~Value();
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool is_nothing() const { return kind_ == Kind::nothing; }
  [[nodiscard]] bool is_text() const { return kind_ == Kind::text; }
  [[nodiscard]] bool is_list() const { return kind_ == Kind::list; }
  [[nodiscard]] bool is_mapping() const { return kind_ == Kind::mapping; }
  /// "a list", "a mapping", "a single value", "empty": for a message.
  [[nodiscard]] std::string_view kind_text() const;

  /// Counted from 1.
  [[nodiscard]] int line() const { return line_; }

  /// Of a text; empty for all others.
  [[nodiscard]] const std::string& text() const { return text_; }
  /// It was written in quotes, so it is no number and no truth value.
  [[nodiscard]] bool is_quoted() const { return is_quoted_; }
  /// Of a list; empty for all others.
  [[nodiscard]] const std::vector<Value>& items() const { return items_; }
  /// Of a mapping, in the order of the file, each name once; empty for all others.
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  /// Of a mapping, by name; nullptr: there is none.
  [[nodiscard]] const Value* find(std::string_view name) const;

  /// Values in it, itself among them.
  [[nodiscard]] std::size_t count() const;

  void set_text(std::string text, bool is_quoted);
  void add(Value item);
  void add(std::string name, int line, Value value);

 private:
  Kind kind_ = Kind::nothing;
  bool is_quoted_ = false;
  int line_ = 1;
  std::string text_;
  std::vector<Value> items_;
  std::vector<Entry> entries_;
};

struct Value::Entry {
  std::string name;
  int line = 1;  ///< of the name
  Value value;
};

}  // namespace camfleet::yaml
