#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"

namespace camfleet {

/// The deepest nesting of lists and objects that is read.
inline constexpr std::size_t max_json_depth = 32;

/// Parses JSON; a failure says line and column. Errors: invalid_field at `where`; limit when it is nested too
/// deeply.
result<nlohmann::json> parse_json(std::string_view text, std::string_view where);

/// Seconds as a JSON number, the one that to_seconds writes: 60, 1.5.
nlohmann::json json_seconds(Duration span);

/// The value as it would be written in JSON, quoted and shortened for a message.
std::string shown(const nlohmann::json& value);

}  // namespace camfleet
