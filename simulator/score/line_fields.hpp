#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"

namespace camfleet::score {

/// A member of a JSON object, read with its place. All errors are invalid_field, or missing_field for what is
/// not there; `where` is the place and the member.
class LineFields {
 public:
  /// `object` stays where it is as long as this is used. Errors: invalid_field: it is no object.
  static result<LineFields> of(const nlohmann::json& object, std::string where);

  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] result<const nlohmann::json*> member(std::string_view name) const;
  [[nodiscard]] result<std::string> text(std::string_view name) const;
  [[nodiscard]] result<Instant> instant(std::string_view name) const;
  /// A number in [least, most], fractions rounded.
  [[nodiscard]] result<std::int64_t> whole(std::string_view name, std::int64_t least,
                                           std::int64_t most) const;
  [[nodiscard]] result<double> number(std::string_view name, double least, double most) const;
  [[nodiscard]] result<bool> flag(std::string_view name) const;
  [[nodiscard]] result<const nlohmann::json*> list(std::string_view name) const;
  [[nodiscard]] result<const nlohmann::json*> object(std::string_view name) const;
  [[nodiscard]] const std::string& where() const { return where_; }
  [[nodiscard]] std::string place(std::string_view name) const { return where_ + ": " + std::string(name); }

 private:
  LineFields(const nlohmann::json& object, std::string where) : object_(&object), where_(std::move(where)) {}

  const nlohmann::json* object_;
  std::string where_;
};

/// Reads a file of JSON lines, one object each; empty lines are passed over.
class JsonLines {
 public:
  static constexpr std::size_t max_line = std::size_t{1} << 20U;

  /// Errors: not_found, unreadable.
  static result<JsonLines> open(const std::string& path);

  /// The next line into `object`; false at the end. Errors: invalid_field with FILE:LINE: no JSON; too_large:
  /// longer than max_line.
  result<bool> next(nlohmann::json& object);
  /// FILE:LINE of the last one.
  [[nodiscard]] std::string where() const { return path_ + ":" + std::to_string(number_); }

 private:
  explicit JsonLines(std::string path) : path_(std::move(path)), file_(path_, std::ios::binary) {}

  std::string path_;
  std::ifstream file_;
  std::uint64_t number_ = 0;
  std::string line_;
};

}  // namespace camfleet::score
