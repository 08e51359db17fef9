#pragma once

#include <array>
#include <cstdint>

#include "actors/base/time.hpp"
#include "simulator/score/average_precision.hpp"
#include "simulator/score/height_class.hpp"

namespace camfleet::score {

/// Objects and boxes of one class of height: what was missed and what was hit by the height of the object,
/// what was wrong by its own.
struct BoxSums {
  std::uint64_t objects = 0;  ///< half in view or more
  std::uint64_t found = 0;    ///< of these
  std::uint64_t right = 0;    ///< boxes, as many as objects were found
  std::uint64_t wrong = 0;
  std::uint64_t ignored = 0;  ///< boxes of objects less than half in view
  std::uint64_t edges_per_mille =
      0;  ///< how far the edges of right boxes are from their objects', of its sides
  ScoreHistogram scores;

  void add(const BoxSums& other);
};

/// What there is of whole samples.
struct SampleSums {
  std::uint64_t samples = 0;
  std::uint64_t count_error = 0;  ///< Σ |boxes that count − objects|
  std::uint64_t unscored = 0;     ///< boxes of classes that scenes do not have or the algorithm does not owe
  std::uint64_t stays_due = 0;
  std::uint64_t stays_seen = 0;
  std::uint64_t first_sight_us = 0;     ///< Σ from the begin of a stay until it was first seen
  std::uint64_t left_out_slices = 0;    ///< of one algorithm
  std::uint64_t left_out_samples = 0;   ///< due in these
  std::uint64_t left_out_findings = 0;  ///< of no sample that was due

  void add(const SampleSums& other);
};

/// One scene under one algorithm. Sums of integers alone, so that the order in which they come does not
/// matter.
struct SceneSums {
  SampleSums samples;
  std::array<BoxSums, height_classes> heights;

  void add(const SceneSums& other);
  /// Over all heights.
  [[nodiscard]] BoxSums boxes() const;
};

}  // namespace camfleet::score
