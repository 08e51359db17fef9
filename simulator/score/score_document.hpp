#pragma once

#include <nlohmann/json.hpp>

#include "simulator/score/scorer.hpp"

namespace camfleet::score {

/// `score` of summary.json: by algorithm that owes something and was to look at a synthetic camera, in it by
/// scene, in it by class of height (height_names); each level with its sums. A ratio without a divisor is
/// null. An empty object: nothing was to be scored.
nlohmann::ordered_json document_of(const Scorer& scorer);

}  // namespace camfleet::score
