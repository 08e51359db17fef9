#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "actors/base/error.hpp"

namespace camfleet {

/// Typed access to the fields of one JSON object, with the field's path in every error. An empty text, a null
/// and an absent field are the same: not given. Numbers and booleans may come as text, ids as numbers.
class Fields {
 public:
  /// `object` must outlive this. Errors: invalid_field when it is not an object.
  static result<Fields> of(const nlohmann::json& object, std::string path);

  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::string path(std::string_view name) const;

  /// Text of 1 to 128 characters of valid UTF-8 without control characters.
  [[nodiscard]] result<std::optional<std::string>> text(std::string_view name) const;
  [[nodiscard]] result<std::string> required_text(std::string_view name) const;

  [[nodiscard]] result<std::optional<bool>> boolean(std::string_view name) const;
  [[nodiscard]] result<bool> required_boolean(std::string_view name) const;

  /// A whole number in [least, most]; `unit` is for the message ("whole seconds").
  [[nodiscard]] result<std::optional<std::int64_t>> whole(std::string_view name, std::int64_t least,
                                                          std::int64_t most, std::string_view unit) const;
  [[nodiscard]] result<std::int64_t> required_whole(std::string_view name, std::int64_t least,
                                                    std::int64_t most, std::string_view unit) const;

  /// A list that is not empty, or that list as JSON text.
  [[nodiscard]] result<nlohmann::json> required_list(std::string_view name) const;

  /// The value as it stands.
  [[nodiscard]] result<nlohmann::json> required(std::string_view name) const;

  /// Fails on the first field that is in neither list and names those of `allowed`.
  [[nodiscard]] result<void> refuse_unknown(std::span<const std::string_view> allowed,
                                            std::span<const std::string_view> ignored) const;

 private:
  Fields(const nlohmann::json& object, std::string path) : object_(&object), path_(std::move(path)) {}
  [[nodiscard]] const nlohmann::json* find(std::string_view name) const;
  [[nodiscard]] Error absent(std::string_view name) const;

  const nlohmann::json* object_;
  std::string path_;
};

}  // namespace camfleet
