#include "actors/plan/capacity.hpp"

#include <algorithm>
#include <vector>

#include "actors/base/text.hpp"
#include "actors/plan/rounds.hpp"

namespace camfleet {
namespace {

constexpr std::int64_t full_hd_pixels = 1920LL * 1080;
constexpr std::uint32_t usual_fps = 25;

std::int64_t pixels_of(FrameSize size) {
  return std::int64_t{size.width} * size.height;
}

/// Decoding a second of usual_fps frames of this coding and size.
Duration usual_second(const StreamFormat& format, const Costs& costs) {
  const auto decode = costs.decode_per_second.find(to_text(format.coding));
  const Duration full_hd = decode == costs.decode_per_second.end() ? milliseconds(100) : decode->second;
  return Duration(full_hd.count() * (pixels_of(format.size) / 1000) / (full_hd_pixels / 1000));
}

/// The most slices of the instance that run at one instant, over its listed windows.
std::int64_t peak_slices(const WorkSpec& spec, const Schedule& schedule) {
  const auto devices = static_cast<std::uint32_t>(spec.devices.size());
  if (!spec.polling) return devices;
  std::int64_t peak = 1;
  for (const DailyWindow& window : schedule.windows) {
    const Duration strip = std::min<Duration>(spec.polling->every, seconds(window.end_s - window.start_s));
    peak = std::max(peak, concurrency_bound(devices, spec.polling->slice, strip));
  }
  if (schedule.windows.empty()) peak = concurrency_bound(devices, spec.polling->slice, spec.polling->every);
  return peak;
}

}  // namespace

StreamFormat format_of(const DeviceSpec& device) {
  return {device.coding, device.size, usual_fps};
}

Costs::Frame frame_cost(const StreamFormat& format, const Costs& costs) {
  if (const auto measured = costs.frames.find(format); measured != costs.frames.end())
    return measured->second;
  const Duration share = usual_second(format, costs) / usual_fps;
  return {share, share, Duration(0)};
}

Duration analysis_cost(const std::string& algorithm, FrameSize size, const Costs& costs) {
  const auto measured = costs.analyse_at.find({algorithm, size});
  if (measured != costs.analyse_at.end()) return measured->second;
  const auto found = costs.analyse_per_sample.find(algorithm);
  return found == costs.analyse_per_sample.end() ? costs.analyse_default : found->second;
}

Duration slice_cost(const StreamFormat& stream, const WorkSpec& spec, const Costs& costs) {
  Duration total = usual_second(stream, costs) * stream.fps / usual_fps;
  const auto measured = costs.frames.find(stream);
  if (measured != costs.frames.end()) total = measured->second.other * stream.fps;
  for (const AlgorithmSpec& algorithm : spec.algorithms) {
    const Duration sample = analysis_cost(algorithm.id, stream.size, costs);
    total += spec.every_frame ? sample * stream.fps : sample / spec.spf;
  }
  return total;
}

Duration slice_cost(const DeviceSpec& device, const WorkSpec& spec, const Costs& costs) {
  return slice_cost(format_of(device), spec, costs);
}

std::int64_t acu_used(const WorkSpec& spec, const Schedule& schedule, const Costs& costs) {
  std::vector<Duration> each;
  each.reserve(spec.devices.size());
  for (const DeviceSpec& device : spec.devices) each.push_back(slice_cost(device, spec, costs));
  std::ranges::sort(each, std::greater<>());
  const auto running =
      std::min<std::size_t>(each.size(), static_cast<std::size_t>(peak_slices(spec, schedule)));
  Duration total{0};
  for (std::size_t i = 0; i < running; ++i) total += each[i];
  return std::max<std::int64_t>(1, ceil_div(total, seconds(1)));
}

result<void> admit(const InstanceSpec& spec, const Costs& costs, std::int64_t offered) {
  const std::int64_t needed = acu_used(spec, spec.schedule, costs);
  if (needed <= offered) return success();
  return fail(Errc::limit, "Devices",
              quote(spec.name) + " needs " + std::to_string(needed) + " ACU at its peak, the fleet offers " +
                  std::to_string(offered) + ": " + std::to_string(needed - offered) +
                  " too few; use fewer devices, a larger spf or longer rounds");
}

}  // namespace camfleet
