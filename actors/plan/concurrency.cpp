#include "actors/plan/concurrency.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "actors/plan/rounds.hpp"

namespace camfleet {
namespace {

/// At `at` the load of strips of length P grows by `numerator` / P slices.
struct Step {
  Instant at;
  Duration strip;
  std::int64_t numerator;
};

/// One slice that lasts from `opens` to `closes` on each of `devices`.
void add_whole(std::vector<Step>& steps, Instant opens, Instant closes, std::int64_t devices) {
  constexpr Duration one(1);
  steps.push_back({opens, one, devices});
  steps.push_back({closes, one, -devices});
}

void add_window(std::vector<Step>& steps, const InstanceEntry& instance, const Roster& roster, Window window,
                Instant until) {
  const WorkSpec& spec = instance.spec;
  const auto devices = static_cast<std::int64_t>(spec.devices.size());
  const Instant opens = std::max(window.opens, instance.created);
  if (window.closes == end_of_time && !spec.polling) {
    for (const DeviceIx device : instance.devices) {
      const Duration length = whole_length(roster[device], spec.spf);
      add_whole(steps, opens,
                roster[device].kind == DeviceKind::live ? until : std::min(until, opens + length), 1);
    }
    return;
  }
  if (!spec.polling) return add_whole(steps, opens, std::min(window.closes, until), devices);
  if (window.closes == end_of_time) window.closes = window.opens + spec.polling->every;
  const Duration strip = strip_length(window, *spec.polling);
  const std::int64_t load = devices * std::min(spec.polling->slice, strip).count();
  steps.push_back({opens, strip, load});
  steps.push_back({std::min(window.closes, until), strip, -load});
}

double in_seconds(Duration span) {
  return static_cast<double>(span.count()) / 1e9;
}

/// How many seconds of slices a window has in [from, until), and when they are over.
struct SliceTime {
  double seconds = 0;
  Instant ends{};
};

SliceTime slice_time(const InstanceEntry& instance, const Roster& roster, Window window, Instant from,
                     Instant until) {
  const WorkSpec& spec = instance.spec;
  const Instant opens = std::max({window.opens, instance.created, from});
  SliceTime time{0, opens};
  if (window.closes == end_of_time && !spec.polling) {
    for (const DeviceIx device : instance.devices) {
      const bool is_live = roster[device].kind == DeviceKind::live;
      const Instant ends = is_live ? until : std::min(until, opens + whole_length(roster[device], spec.spf));
      time.seconds += in_seconds(ends - opens);
      time.ends = std::max(time.ends, ends);
    }
    return time;
  }
  if (window.closes == end_of_time) window.closes = window.opens + spec.polling->every;
  time.ends = std::max(opens, std::min(window.closes, until));
  time.seconds = static_cast<double>(spec.devices.size()) * in_seconds(time.ends - opens);
  if (!spec.polling) return time;
  const Duration strip = strip_length(window, *spec.polling);
  time.seconds *= in_seconds(std::min(spec.polling->slice, strip)) / in_seconds(strip);
  return time;
}

/// ⌈Σ numerator / P⌉ over the strips that are open.
std::int64_t ceil_sum(const std::map<Duration, std::int64_t>& loads) {
  std::int64_t whole = 0;
  double rest = 0;
  for (const auto& [strip, load] : loads) {
    whole += load / strip.count();
    rest += static_cast<double>(load % strip.count()) / static_cast<double>(strip.count());
  }
  // Rests that make a whole number together may come out a little above it.
  constexpr double rounding = 1e-9;
  auto extra = static_cast<std::int64_t>(rest);
  if (rest - static_cast<double>(extra) > rounding) ++extra;
  return whole + extra;
}

/// Calls `visit(number, instance, window)` for every window that is open in [from, until).
template <class Visit>
void for_each_window(const Roster& roster, Instant from, Instant until, Visit visit) {
  for (std::uint32_t i = 0; i < roster.instance_count(); ++i) {
    const InstanceEntry& instance = roster[InstanceIx{i}];
    std::optional<Window> window = instance.calendar.at(from);
    if (!window) window = instance.calendar.next(from);
    for (; window && window->opens < until; window = instance.calendar.next(window->opens + Duration(1)))
      visit(i, instance, *window);
  }
}

}  // namespace

double samples_per_second(const WorkSpec& spec) {
  constexpr double usual_frames = 25;
  const double per_algorithm = spec.every_frame ? usual_frames : 1.0 / spec.spf;
  return per_algorithm * static_cast<double>(spec.algorithms.size());
}

Workload workload(const Roster& roster, Instant from, Instant until) {
  Workload work{0, from};
  for_each_window(roster, from, until,
                  [&](std::uint32_t, const InstanceEntry& instance, const Window& window) {
                    const SliceTime time = slice_time(instance, roster, window, from, until);
                    work.samples += time.seconds * samples_per_second(instance.spec);
                    work.ends = std::max(work.ends, time.ends);
                  });
  return work;
}

std::vector<Span> spans_above(const Roster& roster, Instant from, Instant until,
                              std::span<const SliceWeight> weights, std::int64_t limit) {
  std::vector<std::pair<Instant, std::int64_t>> steps;
  for_each_window(
      roster, from, until, [&](std::uint32_t i, const InstanceEntry& instance, const Window& window) {
        const WorkSpec& spec = instance.spec;
        auto most = static_cast<std::int64_t>(spec.devices.size());
        if (const auto& polling = spec.polling) {
          const Duration strip =
              window.closes == end_of_time ? polling->every : strip_length(window, *polling);
          most = concurrency_bound(static_cast<std::uint32_t>(most), polling->slice, strip);
        }
        steps.emplace_back(std::max(window.opens, instance.created), most * weights[i].weight);
        const bool ends = window.closes < end_of_time - weights[i].tail;
        steps.emplace_back(ends ? window.closes + weights[i].tail : end_of_time, -most * weights[i].weight);
      });
  std::ranges::sort(steps);
  std::vector<Span> spans;
  std::int64_t open = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool was_above = open > limit;
    open += steps[i].second;
    // What ends at an instant makes room for what begins there.
    while (i + 1 < steps.size() && steps[i + 1].first == steps[i].first) open += steps[++i].second;
    if (!was_above && open > limit) spans.push_back({steps[i].first, end_of_time});
    if (was_above && open <= limit) spans.back().to = steps[i].first;
  }
  return spans;
}

std::int64_t concurrency_bound(const Roster& roster, Instant from, Instant until) {
  std::vector<Step> steps;
  for_each_window(roster, from, until,
                  [&](std::uint32_t, const InstanceEntry& instance, const Window& window) {
                    add_window(steps, instance, roster, window, until);
                  });
  std::ranges::sort(steps, {}, &Step::at);
  std::map<Duration, std::int64_t> loads;
  std::int64_t highest = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    loads[steps[i].strip] += steps[i].numerator;
    if (i + 1 == steps.size() || steps[i + 1].at != steps[i].at) highest = std::max(highest, ceil_sum(loads));
  }
  return highest;
}

}  // namespace camfleet
