#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "actors/plan/capacity.hpp"
#include "actors/plan/roster.hpp"
#include "simulator/camera/camera_spec.hpp"

namespace camfleet::sim {

/// Core time for one sample: uniform in usual ± spread.
struct AnalysisCost {
  Duration usual{0};
  Duration spread{0};
};

/// What the stream of each synthetic camera is; of others their instance's call says it.
class StreamFormats {
 public:
  /// `cameras` by device, or null: there is none.
  explicit StreamFormats(const std::vector<std::optional<camera::CameraSpec>>* cameras);

  /// The formats that there are, each once.
  [[nodiscard]] const std::vector<StreamFormat>& all() const { return all_; }
  /// Which of them a device has; nothing for one that is no synthetic camera.
  [[nodiscard]] std::optional<std::size_t> index_of(DeviceIx device) const {
    if (by_device_.empty() || by_device_[device.value] == none) return std::nullopt;
    return by_device_[device.value];
  }
  /// The stream of an instance's device.
  [[nodiscard]] StreamFormat of(DeviceIx device, const DeviceSpec& entry) const;

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  std::vector<StreamFormat> all_;
  std::vector<std::uint32_t> by_device_;
};

/// What the samples of a run cost, by instance, algorithm and device. A sample of a synthetic camera costs
/// its analysis, and its frames are added as they are decoded; one of another device has a share of its
/// stream's decoding in its first algorithm.
class SampleCosts {
 public:
  SampleCosts(const Roster& roster, StreamFormats formats, const Costs& costs, std::uint32_t jitter_percent);

  [[nodiscard]] const AnalysisCost& of(InstanceIx instance, std::uint8_t algorithm, DeviceIx device) const {
    const auto format = formats_.index_of(device);
    return rows_[instance.value * stride_ + (format ? *format + 1 : 0)][algorithm];
  }
  /// The dearest sample of an instance, without the frames of synthetic cameras.
  [[nodiscard]] Duration dearest(InstanceIx instance) const;
  /// Of a synthetic camera.
  [[nodiscard]] const Costs::Frame& frame_of(DeviceIx device) const {
    return frames_[*formats_.index_of(device)];
  }
  [[nodiscard]] const StreamFormats& formats() const { return formats_; }

 private:
  StreamFormats formats_;
  std::size_t stride_;
  /// By instance: what its call says, then by format.
  std::vector<std::vector<AnalysisCost>> rows_;
  std::vector<Costs::Frame> frames_;  ///< by format
};

}  // namespace camfleet::sim
