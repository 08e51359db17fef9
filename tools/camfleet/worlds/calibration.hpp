#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/plan/capacity.hpp"
#include "runtime/vision/catalogue.hpp"

namespace camfleet::cli {

/// Who hears how a measurement goes; each may be empty.
struct CalibrationNotes {
  std::function<void(std::string_view name)> measuring;                   ///< of the next algorithm
  std::function<void(std::string_view id, const Error& error)> left_out;  ///< it keeps its default
};

/// What these algorithms cost on this machine per picture, and decoding MPEG-4 per second: CPU time of one
/// core, on a clip of opencv-doc. The other formats keep their defaults. Errors: io, unsupported: the clip.
result<Costs> calibrate(const std::vector<const vision::Algorithm*>& algorithms,
                        const vision::ModelPath& models, const CalibrationNotes& notes);

}  // namespace camfleet::cli
