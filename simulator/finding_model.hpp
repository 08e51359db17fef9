#pragma once

#include <cstdint>
#include <vector>

#include "actors/capacity.hpp"
#include "actors/protocol.hpp"
#include "actors/roster.hpp"
#include "runtime/plant/finding_log.hpp"

namespace camfleet::sim {

/// Findings out of nothing but chance: whether a sample has one, and a box of it. A box lies wholly in the
/// picture, its sides between a twentieth and a third of the picture's, its score from 0.5 to 0.999, under
/// the algorithm's name in the instance.
class FindingModel {
 public:
  /// Pictures have the size that the instances say of their devices; of several, the last one.
  FindingModel(const Roster& roster, std::uint32_t per_mille);

  /// `chance` are 64 random bits of a sample; here and below.
  [[nodiscard]] bool finds(std::uint64_t chance) const { return chance % 1000 < per_mille_; }
  /// What is found in a sample with one.
  [[nodiscard]] vision::Box box(const Sample& sample, std::uint64_t chance) const;
  [[nodiscard]] FrameSize size_of(DeviceIx device) const { return sizes_[device.value]; }

  /// Writes the line of a sample with a finding; media time counts from the slice's due instant.
  void write(const Sample& sample, std::uint64_t chance, plant::FindingLog& log) const;

 private:
  const Roster* roster_;
  std::uint32_t per_mille_;
  std::vector<FrameSize> sizes_;  ///< by device
};

}  // namespace camfleet::sim
