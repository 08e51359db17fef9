#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "actors/machines/analyzer.hpp"
#include "actors/machines/device.hpp"
#include "actors/machines/kept_slices.hpp"
#include "actors/machines/node_agent.hpp"
#include "actors/plan/roster.hpp"

namespace camfleet::sim {

/// The machines of a node's process; without an agent it is down.
struct NodeProcess {
  std::optional<NodeAgent> agent;
  std::optional<Analyzer> analyzer;
  std::vector<std::unique_ptr<Device>> devices;  ///< made when first written to
  KeptSlices kept;

  void begin(NodeIx self, const NodeOffer& offer, const LeaseSettings& lease, AnalyzerSettings settings) {
    agent.emplace(self, offer, lease);
    settings.workers = offer.acu;
    analyzer.emplace(AnalyzerIx{0}, settings, place_of(self));
  }

  Device& device(DeviceIx ix, const Roster& roster, const DeviceSettings& settings, Place place) {
    if (devices.size() <= ix.value) devices.resize(ix.value + 1);
    auto& device = devices[ix.value];
    if (!device) device = std::make_unique<Device>(ix, roster[ix].kind, AnalyzerIx{0}, settings, place);
    return *device;
  }

  /// A device of it is about to hear something; `send` takes what is to be said for it.
  void hear(DeviceIx device, const BeginSlice& message, const KeptSlices::Send& /*send*/) {
    kept.begin(device, message);
  }
  void hear(DeviceIx device, const RenameSlice& message, const KeptSlices::Send& send) {
    kept.rename(device, message, send);
  }
  void hear(DeviceIx /*device*/, const CancelSlice& message, const KeptSlices::Send& /*send*/) {
    kept.cancel(message);
  }
  void hear(DeviceIx device, const Fence& /*message*/, const KeptSlices::Send& /*send*/) {
    kept.fence(device);
  }
};

}  // namespace camfleet::sim
