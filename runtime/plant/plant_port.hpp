#pragma once

#include <cstdint>

#include "actors/machines/plant.hpp"
#include "actors/machines/protocol.hpp"

namespace camfleet::plant {

/// A plant as the executor of the real world sees it; see actors/machines/plant.hpp.
class PlantPort {
 public:
  PlantPort() = default;
  virtual ~PlantPort() = default;
  PlantPort(const PlantPort&) = delete;
  PlantPort& operator=(const PlantPort&) = delete;

  virtual void open(DeviceIx device, StreamIx stream, std::uint32_t spf_s) = 0;
  virtual void read(DeviceIx device, const ReadRequest& request) = 0;
  virtual void close(DeviceIx device, StreamIx stream) = 0;
  virtual void retain(FrameIx frame) = 0;
  virtual void release(FrameIx frame) = 0;
  virtual void analyse(AnalyzerIx analyzer, std::uint32_t ticket, const Sample& sample) = 0;
  virtual bool slice_due(const SliceKey& key, Duration planned) = 0;
  virtual void slice_ended(const SliceRow& row) = 0;
  virtual void slice_runs(const SliceKey& /*key*/, Place /*place*/) {}
  virtual void slice_left(const SliceKey& /*key*/, Place /*place*/, const SampleCount& /*samples*/) {}
  virtual void slice_moved(const SliceKey& /*key*/, const SliceSoFar& /*so_far*/) {}
  [[nodiscard]] virtual const SliceSoFar* slice_so_far(const SliceKey& /*key*/) const { return nullptr; }
  /// Nothing of a removed instance is under way any more.
  virtual void instance_ended(InstanceIx /*instance*/) {}
  virtual void answer_dropped(Place /*from*/) {}
};

static_assert(Plant<PlantPort>);

}  // namespace camfleet::plant
