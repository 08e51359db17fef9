#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace camfleet::cli {

/// Appends a table of `score` of summary.json, a row for each algorithm and scene, and a line of what was
/// left out of it; nothing where nothing was to be scored.
void print_score(const nlohmann::ordered_json& score, std::string& text);

}  // namespace camfleet::cli
