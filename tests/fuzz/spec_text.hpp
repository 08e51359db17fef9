#pragma once

#include <nlohmann/json_fwd.hpp>

#include "actors/spec/spec.hpp"

namespace camfleet::fuzz {

/// A spec as the fields that make it, in the API's spelling; not of a union, whose windows may last longer
/// than ScheduleTimes can say.
nlohmann::json fields_of(const InstanceSpec& spec);

/// What holds of every spec that parse_instance gives.
void check_spec(const InstanceSpec& spec, OverlapRule overlap);

/// A refusal has a place and a line that is fit for a log and an answer.
void check_error(const Error& error);

}  // namespace camfleet::fuzz
