#include "simulator/finding_model.hpp"

#include <algorithm>

#include "actors/hash.hpp"

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

FindingModel::FindingModel(const Roster& roster, std::uint64_t seed, std::uint32_t per_mille)
    : roster_(&roster), seed_(seed), per_mille_(per_mille), sizes_(roster.device_count(), {1920, 1080}) {
  for (std::uint32_t i = 0; i < roster.instance_count(); ++i) {
    const InstanceEntry& instance = roster[InstanceIx{i}];
    for (std::size_t k = 0; k < instance.devices.size(); ++k)
      sizes_[instance.devices[k].value] = frame_size(instance.spec.devices[k].resolving_power);
  }
}

std::uint64_t FindingModel::draw(const Sample& sample, std::uint64_t what) const {
  const std::uint64_t who = (std::uint64_t{sample.instance.value} << 32U) | sample.device.value;
  const auto at = static_cast<std::uint64_t>(sample.at.time_since_epoch().count());
  const std::uint64_t drawn = mix(seed_ ^ mix((at + sample.algorithm) ^ mix(~who)));
  return what == 0 ? drawn : mix(drawn ^ what);
}

bool FindingModel::finds(const Sample& sample) const {
  return draw(sample, 0) % 1000 < per_mille_;
}

vision::Box FindingModel::box(const Sample& sample) const {
  const FrameSize size = size_of(sample.device);
  vision::Box box;
  box.label = (*roster_)[sample.instance].spec.algorithms[sample.algorithm].name;
  box.w = between(std::max(size.width / 20, 1), std::max(size.width / 3, 1), draw(sample, of_width));
  box.h = between(std::max(size.height / 20, 1), std::max(size.height / 3, 1), draw(sample, of_height));
  box.x = between(0, size.width - box.w, draw(sample, of_x));
  box.y = between(0, size.height - box.h, draw(sample, of_y));
  box.score = static_cast<float>(between(500, 999, draw(sample, of_score))) / 1000.0F;
  return box;
}

void FindingModel::write(const Sample& sample, plant::FindingLog& log) const {
  const FrameSize size = size_of(sample.device);
  media::Frame frame;
  frame.width = size.width;
  frame.height = size.height;
  frame.media_time = sample.at - sample.due_at;
  log.add(sample, frame, {box(sample)});
}

}  // namespace camfleet::sim
