#include "tests/actors/slices.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace camfleet {

std::ostream& operator<<(std::ostream& out, const PlannedSlice& slice) {
  return out << "#" << slice.device << " round " << slice.round << " "
             << to_seconds(slice.begins.time_since_epoch()) << "-"
             << to_seconds(slice.ends.time_since_epoch()) << (slice.cut ? " cut" : "");
}

namespace testing {

std::vector<PlannedSlice> slices_of(const RoundPlan& plan) {
  std::vector<PlannedSlice> slices;
  for (RoundCursor cursor(plan); cursor.peek(); cursor.advance()) slices.push_back(*cursor.peek());
  return slices;
}

std::vector<PlannedSlice> slices_by_rule(const RoundPlan& plan) {
  std::vector<PlannedSlice> slices;
  const Instant close = std::min(plan.window.closes, plan.until);
  const Duration length = plan.window.closes - plan.window.opens;
  const Duration every = plan.polling ? plan.polling->every : length;
  const Duration slice = plan.polling ? plan.polling->slice : length;
  const Duration strip = std::min(every, length);
  for (std::uint32_t round = 0; plan.window.opens + every * round < close; ++round) {
    for (std::uint32_t device = 0; device < plan.devices; ++device) {
      const Duration offset = plan.polling ? (slice * device + plan.phase) % strip : Duration(0);
      const Instant begins = plan.window.opens + every * round + offset;
      const Instant ends = std::min(begins + slice, close);
      const bool connects = !plan.connecting.empty() && plan.connecting[device];
      const Instant joined = connects ? plan.from + plan.connect_time : plan.from;
      if (begins >= close || ends <= joined) continue;
      slices.push_back({device, round, std::max(begins, joined), ends, begins + slice > close});
    }
  }
  std::ranges::sort(slices, {}, [](const PlannedSlice& s) { return std::tuple(s.begins, s.device); });
  return slices;
}

std::int64_t peak_of(const std::vector<PlannedSlice>& slices) {
  std::map<Instant, std::int64_t> steps;
  for (const PlannedSlice& slice : slices) {
    ++steps[slice.begins];
    --steps[slice.ends];
  }
  std::int64_t running = 0;
  std::int64_t peak = 0;
  for (const auto& [at, step] : steps) {
    running += step;
    peak = std::max(peak, running);
  }
  return peak;
}

}  // namespace testing
}  // namespace camfleet
