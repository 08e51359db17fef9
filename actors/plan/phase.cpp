#include "actors/plan/phase.hpp"

#include <algorithm>
#include <utility>

namespace camfleet {
namespace {

/// A half-open span of seconds of the day.
struct SecondsOfDay {
  std::int64_t from;
  std::int64_t to;
};

/// More pieces than this are not compared: the first rounds stand for the later ones.
constexpr std::size_t max_spans = 4096;

/// When one slice more than ⌊filled/P⌋ runs: an arc of each round of [start_s, end_s).
std::vector<SecondsOfDay> excess(std::int64_t start_s, std::int64_t end_s, std::int64_t length_s,
                                 std::int64_t base_s, std::int64_t filled_s) {
  std::vector<SecondsOfDay> spans;
  const std::int64_t arc = filled_s % length_s;
  for (std::int64_t at = start_s + base_s; arc > 0 && at < end_s && spans.size() < max_spans;
       at += length_s) {
    spans.push_back({at, std::min(at + arc, end_s)});
  }
  return spans;
}

std::int64_t peak_of(const std::vector<SecondsOfDay>& spans) {
  std::vector<std::pair<std::int64_t, int>> edges;
  for (const SecondsOfDay& span : spans) {
    edges.emplace_back(span.from, 1);
    edges.emplace_back(span.to, -1);
  }
  std::ranges::sort(edges);
  std::int64_t running = 0;
  std::int64_t peak = 0;
  for (const auto& [at, step] : edges) {
    running += step;
    peak = std::max(peak, running);
  }
  return peak;
}

}  // namespace

std::int64_t PhasePlanner::best_base(const Strip& strip) const {
  std::vector<SecondsOfDay> others;
  std::size_t compared = 0;
  for (auto other = strips_.rbegin(); other != strips_.rend() && compared < max_compared; ++other) {
    if (other->zone != strip.zone || other->end_s <= strip.start_s || strip.end_s <= other->start_s) continue;
    ++compared;
    const auto spans = excess(other->start_s, other->end_s, other->length_s, other->base_s, other->filled_s);
    others.insert(others.end(), spans.begin(), spans.end());
  }
  if (others.empty() || strip.filled_s % strip.length_s == 0) return 0;
  std::vector<std::int64_t> candidates{0};
  for (const SecondsOfDay& span : others) {
    const std::int64_t after = ((span.to - strip.start_s) % strip.length_s + strip.length_s) % strip.length_s;
    if (std::ranges::find(candidates, after) == candidates.end()) candidates.push_back(after);
    if (candidates.size() == max_candidates) break;
  }
  std::pair<std::int64_t, std::int64_t> best{INT64_MAX, 0};
  for (const std::int64_t base : candidates) {
    auto spans = excess(strip.start_s, strip.end_s, strip.length_s, base, strip.filled_s);
    spans.insert(spans.end(), others.begin(), others.end());
    const std::int64_t peak = peak_of(spans);
    if (peak < best.first) best = {peak, base};
  }
  return best.second;
}

std::int64_t PhasePlanner::length_of(const Polling& polling, const DailyWindow& window) {
  return std::min<std::int64_t>(polling.every / seconds(1), window.end_s - window.start_s);
}

std::vector<PhasePlanner::Strip>::iterator PhasePlanner::find(const Polling& polling,
                                                              const DailyWindow& window,
                                                              const std::string& zone) {
  return std::ranges::find_if(strips_, [&](const Strip& strip) {
    return strip.start_s == window.start_s && strip.length_s == length_of(polling, window) &&
           strip.zone == zone;
  });
}

void PhasePlanner::leave(const WorkSpec& spec, const Schedule& schedule) {
  if (!spec.polling) return;
  for (const DailyWindow& window : schedule.windows) {
    const auto strip = find(*spec.polling, window, schedule.zone);
    if (strip != strips_.end() && --strip->users == 0) strips_.erase(strip);
  }
}

std::vector<Duration> PhasePlanner::place(const InstanceSpec& spec) {
  const auto& windows = spec.schedule.windows;
  std::vector<Duration> phases(std::max<std::size_t>(windows.size(), 1), Duration(0));
  if (!spec.polling) return phases;
  const std::int64_t slice_s = spec.polling->slice / seconds(1);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const std::int64_t length_s = length_of(*spec.polling, windows[i]);
    const std::int64_t filled_s =
        static_cast<std::int64_t>(spec.devices.size()) * std::min(slice_s, length_s);
    const auto same = find(*spec.polling, windows[i], spec.schedule.zone);
    if (same != strips_.end()) {
      ++same->users;
      phases[i] = seconds((same->base_s + same->filled_s) % length_s);
      same->filled_s += filled_s;
      same->end_s = std::max(same->end_s, windows[i].end_s);
      continue;
    }
    Strip strip{spec.schedule.zone, windows[i].start_s, windows[i].end_s, length_s, 0, filled_s, 1};
    strip.base_s = best_base(strip);
    phases[i] = seconds(strip.base_s);
    strips_.push_back(std::move(strip));
  }
  return phases;
}

}  // namespace camfleet
