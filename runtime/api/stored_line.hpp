#pragma once

#include <nlohmann/json.hpp>

namespace camfleet::api {

/// A member of a line that was stored, or of a part of one; null: it is not there, as in a line that is no
/// JSON. What is on the disk must not end who reads it.
inline const nlohmann::json& part_of(const nlohmann::json& whole, const char* name) {
  static const nlohmann::json none;
  if (!whole.is_object()) return none;
  const auto found = whole.find(name);
  return found == whole.end() ? none : *found;
}

/// 0: it is no number.
inline int number_of(const nlohmann::json& whole, const char* name) {
  const nlohmann::json& part = part_of(whole, name);
  return part.is_number() ? part.get<int>() : 0;
}

}  // namespace camfleet::api
