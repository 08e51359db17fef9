#include "tools/camfleet/cli/work_meter.hpp"

#include <algorithm>

namespace camfleet::cli {

WorkMeter::WorkMeter(const Roster& roster, Instant from, Instant until)
    : from_(from), planned_(workload(roster, from, until)) {
  for (std::uint32_t i = 0; i < roster.instance_count(); ++i)
    rates_.push_back(samples_per_second(roster[InstanceIx{i}].spec));
}

double WorkMeter::seconds_in(Instant at) const {
  return static_cast<double>((at - from_).count()) / 1e9;
}

void WorkMeter::due(const SliceKey& key) {
  const double rate = rates_[key.instance.value];
  const std::lock_guard lock(mutex_);
  open_rate_ += rate;
  open_rate_due_ += rate * seconds_in(key.due_at);
}

void WorkMeter::ended(const SliceRow& row) {
  const double rate = rates_[row.key.instance.value];
  const std::lock_guard lock(mutex_);
  open_rate_ -= rate;
  open_rate_due_ -= rate * seconds_in(row.key.due_at);
  ended_ += rate * static_cast<double>(row.planned.count()) / 1e9;
}

std::uint64_t WorkMeter::done(Instant now) const {
  if (planned_.samples <= 0) return 0;
  const std::lock_guard lock(mutex_);
  const double running = std::max(0.0, open_rate_ * seconds_in(now) - open_rate_due_);
  const double share = std::clamp((ended_ + running) / planned_.samples, 0.0, 1.0);
  return std::min(whole - 1, static_cast<std::uint64_t>(share * static_cast<double>(whole)));
}

}  // namespace camfleet::cli
