#pragma once

#include <string>
#include <string_view>

namespace camfleet::sim {

/// The JSON Schema (draft 2020-12) of scenario files, simulator/scenario.schema.json. It says what a file may
/// hold; what fits together is for load_scenario to say.
std::string_view scenario_schema();

/// The schema as a page of Markdown: a table of fields for each object.
std::string scenario_reference();

}  // namespace camfleet::sim
