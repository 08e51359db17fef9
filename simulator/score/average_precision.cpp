#include "simulator/score/average_precision.hpp"

#include <algorithm>

namespace camfleet::score {

void ScoreHistogram::add(const ScoreHistogram& other) {
  if (other.counts_.empty()) return;
  if (counts_.empty()) counts_.resize(2 * bins);
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
}

std::optional<double> ScoreHistogram::average_precision(std::uint64_t objects) const {
  if (objects == 0) return std::nullopt;
  if (counts_.empty()) return 0.0;
  std::uint64_t right = 0;
  std::uint64_t all = 0;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    right += counts_[bin * 2 + 1];
    all += counts_[bin * 2] + counts_[bin * 2 + 1];
  }
  // From the lowest threshold, where recall is highest, to the best score: the best precision so far is the
  // one at this recall or beyond.
  double area = 0;
  double best = 0;
  for (std::size_t bin = 0; bin < bins && all > 0; ++bin) {
    best = std::max(best, static_cast<double>(right) / static_cast<double>(all));
    const std::uint64_t here = counts_[bin * 2 + 1];
    area += best * static_cast<double>(here);
    right -= here;
    all -= here + counts_[bin * 2];
  }
  return area / static_cast<double>(objects);
}

}  // namespace camfleet::score
