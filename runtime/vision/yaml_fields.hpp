#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/base/error.hpp"
#include "runtime/vision/text.hpp"
#include "runtime/yaml/value.hpp"

namespace camfleet::vision {

/// One mapping of a YAML text, which outlives it, read field by field. Every error names "ORIGIN:LINE:
/// PATH.KEY".
class Fields {
 public:
  /// Errors: invalid_field when `node` is no mapping, or has a key that is not allowed.
  static result<Fields> open(const yaml::Value& node, std::string_view origin, std::string path,
                             std::span<const std::string_view> allowed);

  /// The value of `key`; nullptr when it is absent.
  [[nodiscard]] const yaml::Value* find(std::string_view key) const { return node_->find(key); }

  /// A text of 1–`longest` bytes without control characters. Errors: missing_field, invalid_field.
  [[nodiscard]] result<std::string> text(std::string_view key, std::size_t longest) const;

  /// A number in [least, most]; `fallback` when it is absent. Errors: missing_field without fallback,
  /// invalid_field.
  [[nodiscard]] result<double> number(std::string_view key, double least, double most,
                                      std::optional<double> fallback = std::nullopt) const;

  /// A list of `least`–`most` texts of at most 256 bytes; those of length 0 only where `empty_ones`.
  [[nodiscard]] result<std::vector<std::string>> texts(std::string_view key, std::size_t least,
                                                       std::size_t most, bool empty_ones = false) const;

  /// A list of `least`–`most` values of any kind. Errors: missing_field, invalid_field, limit.
  [[nodiscard]] result<const std::vector<yaml::Value>*> list(std::string_view key, std::size_t least,
                                                             std::size_t most) const;

  /// Keys with their values as texts; the parts of a list are joined by commas.
  [[nodiscard]] result<std::vector<std::pair<std::string, std::string>>> flat(std::string_view key) const;

  /// An error at the value of `key`, or at the mapping when there is no such key.
  [[nodiscard]] Error wrong(std::string_view key, std::string what, Errc code = Errc::invalid_field) const;

  [[nodiscard]] std::string path_of(std::string_view key) const;

 private:
  Fields(const yaml::Value& node, std::string_view origin, std::string path)
      : node_(&node), origin_(origin), path_(std::move(path)) {}

  const yaml::Value* node_;
  std::string origin_;
  std::string path_;
};

/// "ORIGIN:LINE", the line counted from 1.
std::string place_of(std::string_view origin, int line);

/// "a, b, c"
std::string listed(std::span<const std::string_view> names);

}  // namespace camfleet::vision
