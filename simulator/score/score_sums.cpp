#include "simulator/score/score_sums.hpp"

namespace camfleet::score {

void BoxSums::add(const BoxSums& other) {
  objects += other.objects;
  found += other.found;
  right += other.right;
  wrong += other.wrong;
  ignored += other.ignored;
  edges_per_mille += other.edges_per_mille;
  scores.add(other.scores);
}

void SampleSums::add(const SampleSums& other) {
  samples += other.samples;
  count_error += other.count_error;
  unscored += other.unscored;
  stays_due += other.stays_due;
  stays_seen += other.stays_seen;
  first_sight_us += other.first_sight_us;
  left_out_slices += other.left_out_slices;
  left_out_samples += other.left_out_samples;
  left_out_findings += other.left_out_findings;
}

void SceneSums::add(const SceneSums& other) {
  samples.add(other.samples);
  for (std::size_t i = 0; i < heights.size(); ++i) heights[i].add(other.heights[i]);
}

BoxSums SceneSums::boxes() const {
  BoxSums all;
  for (const BoxSums& one : heights) all.add(one);
  return all;
}

}  // namespace camfleet::score
