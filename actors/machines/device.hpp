#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>

#include "actors/base/ids.hpp"
#include "actors/base/prefetch.hpp"
#include "actors/machines/device_settings.hpp"
#include "actors/machines/footage.hpp"
#include "actors/machines/live_camera.hpp"
#include "actors/plan/roster.hpp"

namespace camfleet {

/// A camera: opens streams, reads the samples that its slices owe and has them analysed, and accounts for
/// each.
class alignas(64) Device {
 public:
  /// In the process `place`, as its analyzer is. `settings` outlive it.
  Device(DeviceIx self, DeviceKind kind, AnalyzerIx analyzer,
         const DeviceSettings& settings = usual_device_settings, Place place = home_place)
      : machine_(kind == DeviceKind::live
                     ? Machine(LiveCamera(self, at_place(place, actor(analyzer)), settings))
                     : Machine(Footage(self, at_place(place, actor(analyzer)), settings))) {}

  template <class M, class Context>
  requires requires(LiveCamera& camera, const M& message, Context& context) { camera.on(message, context); }
  void on(const M& message, Context& context) {
    if (auto* camera = std::get_if<LiveCamera>(&machine_)) return camera->on(message, context);
    // Footage has no timers, is not connected beforehand, and knows nothing between two slices.
    if constexpr (requires(Footage & footage) { footage.on(message, context); })
      std::get_if<Footage>(&machine_)->on(message, context);
  }

  /// After a handler failed: what runs ends here as node_lost, all streams are closed, and the actor goes on
  /// as if new.
  template <class Context>
  void start_over(Context& context) {
    std::visit([&](auto& machine) { machine.start_over(context); }, machine_);
  }

  [[nodiscard]] DeviceIx self() const {
    return std::visit([](const auto& machine) { return machine.self(); }, machine_);
  }
  [[nodiscard]] std::size_t running() const {
    return std::visit([](const auto& machine) { return machine.running(); }, machine_);
  }

  /// What a slice waits for here, in words; nothing where there is none.
  [[nodiscard]] std::optional<std::string> wait_of(const CancelSlice& slice) const {
    return std::visit([&](const auto& machine) { return machine.wait_of(slice); }, machine_);
  }

  /// A sample of it will be handled soon: has what that needs on its way to the processor.
  void prefetch() const {
    for (std::size_t line = 0; line < sample_lines; ++line)
      prefetch_line(reinterpret_cast<const char*>(this) + line * 64);
  }

 private:
  /// What a sample of a device with one slice needs lies in so many cache lines: the order of the members of
  /// its machine, of DeviceSlice, Slots and AccountList is theirs.
  static constexpr std::size_t sample_lines = 3;
  using Machine = std::variant<LiveCamera, Footage>;
  Machine machine_;
};

}  // namespace camfleet
