#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "actors/base/error.hpp"
#include "simulator/score/scorer.hpp"

namespace camfleet::score {

/// How well an algorithm sees a scene; heights are those in a frame of DetectionTable::lines().
struct DetectionRow {
  std::array<std::uint32_t, height_classes> recall_per_mille{};
  std::uint32_t false_per_mille = 0;  ///< boxes without an object, of samples; at most 20,000
  std::uint32_t edges_per_mille =
      0;  ///< how far a box's edges are from the object's, of its sides, in the mean
};

/// What the virtual world finds: by algorithm and scene how much of what is there, as it was measured with
/// real pictures and models.
class DetectionTable {
 public:
  /// What measured() gives. Errors: invalid_field, missing_field, with `where` and the member.
  static result<DetectionTable> parse(std::string_view text, const std::string& where);

  /// detection_table.json, as it was when the program was built.
  static const DetectionTable& built_in();

  /// The row that was measured; the default one for what was not.
  [[nodiscard]] const DetectionRow& row(const std::string& algorithm, scene::Scene scene) const;
  [[nodiscard]] const DetectionRow& by_default() const { return default_; }
  /// The height of the frames that it was measured in: detectors see a frame scaled to their own input, so
  /// that an object twice as high in a frame of twice the size is as easy to see.
  [[nodiscard]] int lines() const { return lines_; }

 private:
  int lines_ = 720;
  DetectionRow default_;
  std::map<std::pair<std::string, scene::Scene>, DetectionRow> rows_;
};

/// A class of height with fewer objects has no recall of its own, but the default row's.
inline constexpr std::uint64_t least_objects = 30;

/// The table of a run's scores, with the default row of the built-in one. Errors: unsupported: cameras of
/// different heights, or none.
result<nlohmann::ordered_json> measured(const Scorer& scorer);

}  // namespace camfleet::score
