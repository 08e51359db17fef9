#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "tools/camfleet/cli/output.hpp"

namespace camfleet::cli {

/// A member as text; "-" where there is none. Any server may answer, so nothing is taken for granted.
std::string text_of(const nlohmann::ordered_json& object, const char* name);
/// A member that is an object; an empty one where there is none.
nlohmann::ordered_json object_of(const nlohmann::ordered_json& object, const char* name);
/// A member that is a list; an empty one where there is none.
nlohmann::ordered_json list_of(const nlohmann::ordered_json& object, const char* name);

void write_json(const nlohmann::ordered_json& answer, Output& out);

}  // namespace camfleet::cli
