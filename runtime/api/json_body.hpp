#pragma once

#include <string_view>

#include "actors/base/error.hpp"
#include "actors/spec/spec.hpp"

namespace camfleet::api {

/// The members of a body that is a JSON object, as parameters: texts as they are, numbers, booleans, lists
/// and objects as JSON text; null is absent. Errors: invalid_field: no JSON object; duplicate_field: a member
/// that is there twice; limit: too deep (parse_json), more than 200,000 values.
result<Parameters> parse_json_body(std::string_view text);

}  // namespace camfleet::api
