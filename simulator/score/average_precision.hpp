#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace camfleet::score {

/// How many boxes of each score were right and how many were not. Scores have thousandths, as findings.jsonl
/// has them.
class ScoreHistogram {
 public:
  static constexpr std::size_t bins = 1001;

  /// `score` in thousandths, at most 1000.
  void add(std::uint16_t score, bool is_right) {
    if (counts_.empty()) counts_.resize(2 * bins);
    ++counts_[score * 2U + (is_right ? 1U : 0U)];
  }
  void add(const ScoreHistogram& other);

  /// The area under the curve of precision over recall, drawn through every score that a box has, the best
  /// first, where the precision at a recall is the best one at that recall or beyond: the average precision
  /// of the PASCAL Visual Object Classes Challenge since 2010 (Everingham et al., IJCV 111, 2015,
  /// section 4.2.2). 0 where nothing was found, nothing where there are no objects.
  [[nodiscard]] std::optional<double> average_precision(std::uint64_t objects) const;

 private:
  std::vector<std::uint64_t> counts_;  ///< wrong and right by turns; empty: no box yet
};

}  // namespace camfleet::score
