#include "runtime/yaml/value.hpp"

#include <algorithm>

namespace camfleet::yaml {

Value::Value() = default;
Value::Value(Kind kind, int line) : kind_(kind), line_(line) {}
Value::~Value() = default;
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;

std::string_view Value::kind_text() const {
  switch (kind_) {
    case Kind::text:
      return "a single value";
    case Kind::list:
      return "a list";
    case Kind::mapping:
      return "a mapping";
    case Kind::nothing:
      break;
  }
  return "empty";
}

const Value* Value::find(std::string_view name) const {
  const auto found = std::ranges::find(entries_, name, &Entry::name);
  return found == entries_.end() ? nullptr : &found->value;
}

std::size_t Value::count() const {
  std::size_t count = 1;
  for (const Value& item : items_) count += item.count();
  for (const Entry& entry : entries_) count += entry.value.count();
  return count;
}

void Value::set_text(std::string text, bool is_quoted) {
  text_ = std::move(text);
  is_quoted_ = is_quoted;
}

void Value::add(Value item) {
  items_.push_back(std::move(item));
}

void Value::add(std::string name, int line, Value value) {
  entries_.push_back({std::move(name), line, std::move(value)});
}

}  // namespace camfleet::yaml
