#include "runtime/plant/last_problems.hpp"

#include <utility>

#include "runtime/media/secrets.hpp"

namespace camfleet::plant {

void LastProblems::note(DeviceIx device, Reason reason, const Error& error, Instant at) {
  std::string words = detail_text(
      media::redacted_message(error.what.empty() ? std::string(sentence(error.code)) : error.what));
  const std::lock_guard lock(mutex_);
  problems_[device][reason] = {std::move(words), at};
}

std::string LastProblems::detail_of(const SliceRow& row) const {
  const Reason reason = row.verdict.reason;
  if (reason == Reason::none) return "";
  const std::lock_guard lock(mutex_);
  const auto of_device = problems_.find(row.key.device);
  if (of_device == problems_.end()) return "";
  const auto found = of_device->second.find(reason);
  const bool is_its_own = found != of_device->second.end() && found->second.at >= row.key.due_at - before &&
                          found->second.at <= row.ended_at;
  return is_its_own ? found->second.words : "";
}

void LastProblems::forget(DeviceIx device) {
  const std::lock_guard lock(mutex_);
  problems_.erase(device);
}

}  // namespace camfleet::plant
