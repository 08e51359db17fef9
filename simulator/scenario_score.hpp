#pragma once
#include <nlohmann/json.hpp>

#include "simulator/scenario.hpp"

namespace camfleet::sim {

/// `score` of summary.json as it is before anything was looked at: every scene that an instance's synthetic
/// cameras film, under each of its algorithms. Null where no run of the scenario has a score: without such
/// a camera, and where samples are counted, which leaves no findings to score. URLs that are wrong are passed
/// over.
nlohmann::ordered_json score_of_no_run(const Scenario& scenario);

}  // namespace camfleet::sim
