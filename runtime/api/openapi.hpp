#pragma once

#include <nlohmann/json_fwd.hpp>

namespace camfleet::api {

/// The OpenAPI 3 document of every action.
nlohmann::ordered_json openapi();

}  // namespace camfleet::api
