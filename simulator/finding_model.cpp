#include "simulator/finding_model.hpp"

#include <algorithm>

#include "actors/base/hash.hpp"

namespace camfleet::sim {
namespace {

/// Apart from the draw that says whether there is a finding at all.
constexpr std::uint64_t of_width = 1;
constexpr std::uint64_t of_height = 2;
constexpr std::uint64_t of_x = 3;
constexpr std::uint64_t of_y = 4;
constexpr std::uint64_t of_score = 5;

/// Uniform in [least, most].
int between(int least, int most, std::uint64_t random) {
  const auto range = static_cast<std::uint64_t>(std::max(most - least, 0)) + 1;
  return least + static_cast<int>(random % range);
}

}  // namespace

FindingModel::FindingModel(const Roster& roster, std::uint32_t per_mille, score::DetectionModel* detections)
    : roster_(&roster),
      per_mille_(per_mille),
      detections_(detections),
      sizes_(roster.device_count(), {1920, 1080}) {
  for (std::uint32_t i = 0; i < roster.instance_count(); ++i) {
    const InstanceEntry& instance = roster[InstanceIx{i}];
    for (std::size_t k = 0; k < instance.devices.size(); ++k)
      sizes_[instance.devices[k].value] = instance.spec.devices[k].size;
  }
  for (std::uint32_t i = 0; detections_ != nullptr && i < roster.device_count(); ++i)
    sizes_[i] = detections_->size_of(DeviceIx{i}).value_or(sizes_[i]);
}

std::vector<vision::Box> FindingModel::boxes(const Sample& sample, std::uint64_t chance) const {
  if (is_detected(sample.instance, sample.algorithm, sample.device))
    return detections_->boxes(sample, chance);
  return {any_box(sample, chance)};
}

vision::Box FindingModel::any_box(const Sample& sample, std::uint64_t chance) const {
  const auto draw = [chance](std::uint64_t what) { return mix(chance ^ what); };
  const FrameSize size = size_of(sample.device);
  vision::Box box;
  box.label = (*roster_)[sample.instance].spec.algorithms[sample.algorithm].name;
  box.w = between(std::max(size.width / 20, 1), std::max(size.width / 3, 1), draw(of_width));
  box.h = between(std::max(size.height / 20, 1), std::max(size.height / 3, 1), draw(of_height));
  box.x = between(0, size.width - box.w, draw(of_x));
  box.y = between(0, size.height - box.h, draw(of_y));
  box.score = static_cast<float>(between(500, 999, draw(of_score))) / 1000.0F;
  return box;
}

bool FindingModel::write(const Sample& sample, std::uint64_t chance, plant::FindingLog& log) const {
  const auto found = boxes(sample, chance);
  if (found.empty()) return false;
  const FrameSize size = size_of(sample.device);
  media::Frame frame;
  frame.width = size.width;
  frame.height = size.height;
  frame.media_time = sample.at - sample.due_at;
  log.add(sample, frame, found);
  return true;
}

}  // namespace camfleet::sim
