#include "simulator/sample_costs.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace camfleet::sim {
namespace {

/// Of devices that are as the call says; the dearest one's decoding counts.
std::vector<AnalysisCost> told_costs(const WorkSpec& spec, const Costs& costs, std::uint32_t jitter_percent) {
  WorkSpec decode_only = spec;
  decode_only.algorithms.clear();
  Duration decode{0};
  for (const DeviceSpec& device : spec.devices)
    decode = std::max(decode, slice_cost(device, decode_only, costs));
  std::vector<AnalysisCost> by_algorithm;
  for (const AlgorithmSpec& algorithm : spec.algorithms) {
    // Of no size: what was measured on the pictures of synthetic cameras is theirs.
    Duration cost = analysis_cost(algorithm.id, {0, 0}, costs);
    if (by_algorithm.empty()) cost += spec.every_frame ? decode / StreamFormat{}.fps : decode * spec.spf;
    by_algorithm.push_back({cost, cost * jitter_percent / 100});
  }
  return by_algorithm;
}

std::vector<AnalysisCost> film_costs(const WorkSpec& spec, const StreamFormat& format, const Costs& costs,
                                     std::uint32_t jitter_percent) {
  std::vector<AnalysisCost> by_algorithm;
  for (const AlgorithmSpec& algorithm : spec.algorithms) {
    const Duration cost = analysis_cost(algorithm.id, format.size, costs);
    by_algorithm.push_back({cost, cost * jitter_percent / 100});
  }
  return by_algorithm;
}

}  // namespace

StreamFormats::StreamFormats(const std::vector<std::optional<camera::CameraSpec>>* cameras) {
  if (cameras == nullptr) return;
  std::map<StreamFormat, std::uint32_t> known;
  by_device_.assign(cameras->size(), none);
  for (std::size_t device = 0; device < cameras->size(); ++device) {
    const auto& camera = (*cameras)[device];
    if (!camera) continue;
    const StreamFormat format{camera->codec, camera->size, camera->fps};
    const auto [entry, is_new] = known.emplace(format, static_cast<std::uint32_t>(all_.size()));
    if (is_new) all_.push_back(format);
    by_device_[device] = entry->second;
  }
}

StreamFormat StreamFormats::of(DeviceIx device, const DeviceSpec& entry) const {
  const auto index = index_of(device);
  return index ? all_[*index] : format_of(entry);
}

SampleCosts::SampleCosts(const Roster& roster, StreamFormats formats, const Costs& costs,
                         std::uint32_t jitter_percent)
    : formats_(std::move(formats)), stride_(formats_.all().size() + 1) {
  for (const StreamFormat& format : formats_.all()) frames_.push_back(frame_cost(format, costs));
  rows_.resize(roster.instance_count() * stride_);
  for (std::uint32_t i = 0; i < roster.instance_count(); ++i) {
    const InstanceEntry& instance = roster[InstanceIx{i}];
    for (const DeviceIx device : instance.devices) {
      const auto format = formats_.index_of(device);
      std::vector<AnalysisCost>& row = rows_[i * stride_ + (format ? *format + 1 : 0)];
      if (!row.empty()) continue;
      row = format ? film_costs(instance.spec, formats_.all()[*format], costs, jitter_percent)
                   : told_costs(instance.spec, costs, jitter_percent);
    }
  }
}

Duration SampleCosts::dearest(InstanceIx instance) const {
  Duration most{0};
  for (std::size_t row = instance.value * stride_; row < (instance.value + 1) * stride_; ++row) {
    for (const AnalysisCost& cost : rows_[row]) most = std::max(most, cost.usual + cost.spread);
  }
  return most;
}

}  // namespace camfleet::sim
