#include "runtime/service/status.hpp"

#include <algorithm>

#include "actors/window_plan.hpp"

namespace camfleet::service {

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

std::string_view status_of(const Calendar& calendar, Instant now, const StatusFacts& facts) {
  if (facts.stopping) return "BLOCKED";
  if (!facts.first || now < facts.first->opens - live_lead) return "UN_STATE";
  const auto open = calendar.at(now);
  // The first may really end before the calendar has it closed.
  const bool has_closed = !open || (open->opens == facts.first->opens && now >= facts.first->closes);
  const bool is_over = has_closed && !calendar.next(now);
  if (is_over) return "UN_STATE";
  if (facts.unreachable) return "EXCEPTION";
  return !facts.begun && now < facts.first->closes ? "INIT" : "RUNNING";
}

}  // namespace camfleet::service
