#pragma once

#include <cstdint>
#include <vector>

#include "actors/machines/protocol.hpp"
#include "actors/plan/capacity.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/plant/finding_log.hpp"
#include "simulator/score/detection_model.hpp"

namespace camfleet::sim {

/// What is found in samples of which there is no picture. Of synthetic cameras what the detection model draws
/// from their truth. Of all others, and of algorithms that owe nothing: out of nothing but chance, a box in
/// so many per mille of the samples that lies wholly in the picture, its sides between a twentieth and a
/// third of the picture's, its score from 0.5 to 0.999, under the algorithm's name in the instance.
class FindingModel {
 public:
  /// Pictures have the size that the instances say of their devices; of several, the last one. `detections`
  /// may be null: no camera is synthetic.
  FindingModel(const Roster& roster, std::uint32_t per_mille, score::DetectionModel* detections = nullptr);

  /// `chance` are 64 random bits of a sample; here and below.
  [[nodiscard]] bool finds(const Sample& sample, std::uint64_t chance) const {
    return is_detected(sample.instance, sample.algorithm, sample.device) ? detections_->finds(sample, chance)
                                                                         : chance % 1000 < per_mille_;
  }
  /// The share of an algorithm's samples of a device that have a finding, in millionths.
  [[nodiscard]] std::uint64_t per_million(InstanceIx instance, std::uint8_t algorithm,
                                          DeviceIx device) const {
    return is_detected(instance, algorithm, device) ? detections_->per_million(instance, algorithm, device)
                                                    : per_mille_ * std::uint64_t{1000};
  }
  /// What is found in a sample with a finding.
  [[nodiscard]] std::vector<vision::Box> boxes(const Sample& sample, std::uint64_t chance) const;
  [[nodiscard]] FrameSize size_of(DeviceIx device) const { return sizes_[device.value]; }

  /// Writes the line of a sample with a finding; media time counts from the slice's due instant. False:
  /// nothing is found after all.
  bool write(const Sample& sample, std::uint64_t chance, plant::FindingLog& log) const;

 private:
  [[nodiscard]] bool is_detected(InstanceIx instance, std::uint8_t algorithm, DeviceIx device) const {
    return detections_ != nullptr && detections_->knows(instance, algorithm, device);
  }
  [[nodiscard]] vision::Box any_box(const Sample& sample, std::uint64_t chance) const;

  const Roster* roster_;
  std::uint32_t per_mille_;
  score::DetectionModel* detections_;
  std::vector<FrameSize> sizes_;  ///< by device
};

}  // namespace camfleet::sim
