#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "actors/base/error.hpp"
#include "simulator/score/camera_file.hpp"
#include "simulator/score/scorer.hpp"

namespace camfleet::score {

/// Scores what a run left in `folder`: cameras.json, ledger.jsonl and findings.jsonl, as the run did itself.
/// Errors: not_found, unreadable, too_large; invalid_field, missing_field, unknown_id with FILE:LINE.
result<std::unique_ptr<Scorer>> score_records(const std::filesystem::path& folder);

/// Scores a file of findings of one camera: a line is a sample, with empty boxes one in which nothing was
/// found; what has no line is not known. A line without `algorithm` is `algorithm`'s; `catalogue` says what
/// each owes. Errors: as above; unknown_id: an algorithm that the catalogue does not have; limit: more boxes
/// and lines than Scorer::max_found.
result<std::unique_ptr<Scorer>> score_findings(const std::string& path, const camera::CameraSpec& camera,
                                               const vision::Catalogue& catalogue,
                                               const std::string& algorithm);

}  // namespace camfleet::score
