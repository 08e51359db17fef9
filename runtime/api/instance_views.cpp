#include "runtime/api/instance_views.hpp"

#include <algorithm>

#include "actors/plan/window_plan.hpp"

namespace camfleet::api {

void write_summary(JsonWriter& writer, const Backend& backend, const InstanceView& view) {
  const WorkSpec& spec = backend.roster()[view.ix].spec;
  writer.member("InstanceId", std::to_string(view.id));
  writer.member("InstanceName", view.name);
  writer.member("Status", view.status);
  writer.member("CreateTime", view.created.time_since_epoch() / milliseconds(1));
  writer.member("DeviceNumber", spec.devices.size() - view.removed.size());
  writer.member("AcuUsed", view.acu);
  writer.key("Algorithms");
  writer.begin_array();
  for (const AlgorithmSpec& algorithm : spec.algorithms) {
    writer.begin_object();
    writer.member("AlgorithmId", algorithm.id);
    writer.member("AlgorithmName", algorithm.name);
    writer.end_object();
  }
  writer.end_array();
}

namespace {

constexpr int shown_windows = 5;  ///< windows, and rounds of each

void write_rounds(JsonWriter& writer, const Window& window, Duration every, Instant now) {
  const Instant from = std::max(now, window.opens);
  Instant round = window.opens + every * ((from - window.opens) / every);
  writer.begin_array();
  for (int i = 0; i < shown_windows && round < window.closes; ++i, round += every) writer.value(round);
  writer.end_array();
}

/// The window that is open, or the next.
std::optional<Window> window_at(const InstanceEntry& instance, const Roster& roster,
                                const std::vector<DeviceIx>& removed, Instant now) {
  if (const auto open = instance.calendar.at(now)) {
    const Window window = fitted(*open, instance, roster, removed);
    if (now < window.closes) return window;
  }
  return instance.calendar.next(now);
}

void write_windows(JsonWriter& writer, const InstanceEntry& instance, const Roster& roster,
                   const std::vector<DeviceIx>& removed, Instant now) {
  auto window = window_at(instance, roster, removed, now);
  writer.begin_array();
  for (int i = 0; i < shown_windows && window; ++i) {
    writer.begin_object();
    writer.member("Opens", window->opens);
    writer.key("Closes");
    window->closes == end_of_time ? writer.null() : writer.value(window->closes);
    if (const auto& polling = instance.spec.polling) {
      writer.key("Rounds");
      write_rounds(writer, *window, polling->every, now);
    }
    writer.end_object();
    window = instance.calendar.next(window->opens + Duration(1));
  }
  writer.end_array();
}

void write_devices(JsonWriter& writer, const InstanceEntry& instance, const std::vector<DeviceIx>& removed) {
  writer.begin_array();
  for (std::size_t i = 0; i < instance.devices.size(); ++i) {
    if (std::ranges::find(removed, instance.devices[i]) != removed.end()) continue;
    const DeviceSpec& device = instance.spec.devices[i];
    writer.begin_object();
    writer.member("DeviceId", device.id);
    writer.member("RegionId", device.region);
    writer.member("StartStream", device.start_stream);
    writer.end_object();
  }
  writer.end_array();
}

}  // namespace

void write_description(JsonWriter& writer, const Backend& backend, const InstanceView& view) {
  const InstanceEntry& instance = backend.roster()[view.ix];
  write_summary(writer, backend, view);
  writer.member("ProjectId", view.project);
  writer.member("Zone", instance.calendar.schedule().zone);
  writer.key("Devices");
  write_devices(writer, instance, view.removed);
  writer.member("ScheduleType", to_text(instance.calendar.schedule().type));
  writer.key("NextWindows");
  write_windows(writer, instance, backend.roster(), view.removed, backend.now());
}

}  // namespace camfleet::api
