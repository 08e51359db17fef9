#include "actors/plan/window_plan.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace camfleet {
namespace {

/// By position in the instance's list: whose slices count.
std::vector<bool> counted_devices(const InstanceEntry& instance, const std::vector<DeviceIx>& removed) {
  std::vector<bool> counts(instance.devices.size(), true);
  for (const DeviceIx device : removed) {
    const auto found = std::ranges::find(instance.devices, device);
    if (found != instance.devices.end())
      counts[static_cast<std::size_t>(found - instance.devices.begin())] = false;
  }
  return counts;
}

std::uint64_t walk(const RoundPlan& plan, Instant from, Instant to, const std::vector<bool>& counts) {
  std::uint64_t slices = 0;
  for (RoundCursor cursor(plan); cursor.peek() && cursor.peek()->begins < to; cursor.advance())
    slices +=
        cursor.peek()->begins >= from && cursor.peek()->ends <= to && counts[cursor.peek()->device] ? 1 : 0;
  return slices;
}

/// Of a polled window that was not joined: each device begins once in each round.
std::uint64_t reckon(const RoundPlan& plan, Instant from, Instant to, const std::vector<bool>& counts) {
  const Instant opens = plan.window.opens;
  const Duration every = plan.polling->every;
  const Duration least = std::max(from, opens) - opens;
  // Slices are cut at the close; one that runs at `to` is not over.
  const Instant closes = std::min(plan.window.closes, plan.until);
  const Duration end = (closes <= to ? closes : to - plan.polling->slice + Duration(1)) - opens;
  std::uint64_t slices = 0;
  for (std::uint32_t device = 0; device < plan.devices; ++device) {
    if (!counts[device]) continue;
    const Duration offset = offset_in_round(plan, device);
    // Rounds that begin before an instant of the window, for this device.
    const auto before = [&](Duration at) { return std::max<std::int64_t>(ceil_div(at - offset, every), 0); };
    slices += static_cast<std::uint64_t>(std::max<std::int64_t>(before(end) - before(least), 0));
  }
  return slices;
}

}  // namespace

Duration lead_of(const InstanceEntry& instance, const Roster& roster) {
  const bool has_live =
      std::ranges::any_of(instance.devices, [&](DeviceIx ix) { return roster[ix].kind == DeviceKind::live; });
  return has_live ? live_lead : Duration(0);
}

RoundPlan plan_of(const InstanceEntry& instance, const Roster& roster, const Window& window, Instant until) {
  const WorkSpec& spec = instance.spec;
  RoundPlan plan;
  plan.window = window;
  // A polled `once` without times is one round.
  if (window.closes == end_of_time && spec.polling) plan.window.closes = window.opens + spec.polling->every;
  plan.polling = spec.polling;
  plan.devices = static_cast<std::uint32_t>(spec.devices.size());
  plan.phase = instance.phases[window.listed];
  plan.from = std::max(window.opens, instance.created);
  plan.until = until;
  if (instance.created < window.opens || lead_of(instance, roster) == Duration(0)) return plan;
  plan.connect_time = live_lead;
  for (const DeviceIx device : instance.devices)
    plan.connecting.push_back(roster[device].kind == DeviceKind::live);
  return plan;
}

std::uint64_t count_due(const InstanceEntry& instance, const Roster& roster, Instant from, Instant to,
                        const std::vector<DeviceIx>& removed) {
  const std::vector<bool> counts = counted_devices(instance, removed);
  // Whole windows of one length are alike.
  std::map<std::pair<std::uint32_t, Duration>, std::uint64_t> of_whole;
  std::uint64_t slices = 0;
  auto window = instance.calendar.at(from);
  if (!window) window = instance.calendar.next(from);
  for (; window && window->opens < to; window = instance.calendar.next(window->opens + Duration(1))) {
    const RoundPlan plan = plan_of(instance, roster, *window, end_of_time);
    const bool joined = instance.created >= window->opens;
    const bool whole = !joined && window->opens >= from && window->closes <= to;
    const std::pair key(window->listed, window->closes - window->opens);
    if (const auto known = of_whole.find(key); whole && known != of_whole.end()) {
      slices += known->second;
      continue;
    }
    const std::uint64_t count =
        joined || !plan.polling ? walk(plan, from, to, counts) : reckon(plan, from, to, counts);
    if (whole) of_whole.emplace(key, count);
    slices += count;
  }
  return slices;
}

Window fitted(const Window& window, const InstanceEntry& instance, const Roster& roster,
              const std::vector<DeviceIx>& removed) {
  Window real = window;
  if (window.closes != end_of_time) return real;
  if (instance.spec.polling) {
    real.closes = window.opens + instance.spec.polling->every;
    return real;
  }
  real.closes = window.opens;
  for (std::size_t i = 0; i < instance.devices.size(); ++i) {
    if (std::ranges::find(removed, instance.devices[i]) != removed.end()) continue;
    if (roster[instance.devices[i]].kind == DeviceKind::live) return window;
    real.closes = std::max(real.closes, window.opens + (*instance.lengths)[i]);
  }
  return real;
}

std::optional<Window> first_window(const InstanceEntry& instance, const Roster& roster,
                                   const std::vector<DeviceIx>& removed) {
  auto window = instance.calendar.at(instance.created);
  if (!window) window = instance.calendar.next(instance.created);
  if (window) window = fitted(*window, instance, roster, removed);
  return window;
}

}  // namespace camfleet
