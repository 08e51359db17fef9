#pragma once

#include <string>

#include "actors/base/error.hpp"
#include "actors/plan/capacity.hpp"

namespace camfleet::sim {

/// Reads a cost file: `decode_us_per_second` by CodingFormat (of 1080p at 25 frames a second),
/// `analyse_us_per_sample` by AlgorithmId and `analyse_us_default`, whole microseconds of one core; what is
/// absent keeps its default. Errors: one line "FILE:LINE: field: value is wrong, what would be right".
result<Costs> load_costs(const std::string& path);

/// The same as text.
std::string to_yaml(const Costs& costs);

}  // namespace camfleet::sim
