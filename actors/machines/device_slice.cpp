#include "actors/machines/device_slice.hpp"

#include <algorithm>
#include <cassert>

namespace camfleet {

DeviceSlice::DeviceSlice(const BeginSlice& begun)
    : plan(begun),
      instance(begun.instance),
      late(begun.late),
      tells_progress(begun.progress),
      slice_due_at(begun.slice_due_at),
      accounts(begun.algorithms),
      name(begun.slice) {
  assert(begun.algorithms >= 1 && begun.late != Reason::none);
  if (plan.owed() == SamplePlan::without_bound) return;
  for (AlgorithmAccount& account : accounts) account.due = plan.owed();
}

std::string DeviceSlice::wait() const {
  std::string wait = is_leaving ? "to go on elsewhere, " : "";
  if (outstanding > 0) wait += "for " + std::to_string(outstanding) + " answers of the analyzer";
  if (!is_reading) return outstanding == 0 ? wait + "to read sample " + std::to_string(plan.next()) : wait;
  return wait + (outstanding == 0 ? "for" : " and") + " the frame of sample " + std::to_string(plan.next());
}

void DeviceSlice::drop_next(Reason reason) {
  for (AlgorithmAccount& account : accounts) account.drop(reason);
  plan.pass();
}

void DeviceSlice::lose_next(Reason reason) {
  if (!plan.is_every_frame()) return drop_next(reason);
  fault = reason;
  plan.pass();
}

bool DeviceSlice::take(Duration offset, Duration interval, Duration media_time, Instant now) {
  const auto taken = plan.take(offset, interval, media_time);
  if (!taken) return false;
  if (plan.is_every_frame()) {
    for (AlgorithmAccount& account : accounts) ++account.due;
  }
  observed = std::min(observed + *taken, plan.planned());
  if (!has_started) started_at = now;
  has_started = true;
  outstanding += static_cast<std::uint32_t>(accounts.size());
  return true;
}

void DeviceSlice::count(const SampleDone& message) {
  AlgorithmAccount& account = accounts[message.algorithm];
  switch (message.verdict) {
    case Verdict::analysed:
      ++account.analysed;
      break;
    case Verdict::gated:
      ++account.gated;
      break;
    case Verdict::failed:
      account.drop(Reason::analysis_failed);
      break;
    case Verdict::overload:
      account.drop(Reason::overload);
      break;
    case Verdict::store_behind:
      account.drop(Reason::store_behind);
      break;
  }
  assert(outstanding > 0);
  --outstanding;
}

void DeviceSlice::end_endless(Instant now) {
  if (!plan.is_endless()) return;
  plan.end(now);
  observed = std::min(observed, plan.planned());
  if (plan.is_every_frame()) return;
  for (AlgorithmAccount& account : accounts) account.due = plan.owed();
}

void DeviceSlice::end(Reason why) {
  has_ended = true;
  is_reading = false;
  if (why != Reason::none) fault = why;
}

SliceDone DeviceSlice::close(Reason reason, std::uint8_t lead_s, Place from, Instant now) {
  Instant open_from = end_of_time;
  if (outstanding > 0) {
    // Newer ones may have been answered before older ones: all that is known is how many count.
    std::uint32_t counted = plan.next();
    for (const AlgorithmAccount& account : accounts)
      counted = std::min(counted, account.analysed + account.gated);
    open_from = plan.is_every_frame() ? plan.due_at() : plan.at(counted);
  }
  for (AlgorithmAccount& account : accounts) {
    const auto open = static_cast<std::uint32_t>(account.due - account.accounted());
    if (open > 0) account.drop(fault, open);
  }
  return {.slice = name,
          .fault = reason,
          .started = has_started,
          .lead_s = lead_s,
          .from = from,
          .started_at = started_at,
          .ended_at = now,
          .planned = plan.planned(),
          .observed = observed,
          .open_from = open_from};
}

}  // namespace camfleet
