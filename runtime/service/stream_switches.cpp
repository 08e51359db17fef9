#include "runtime/service/stream_switches.hpp"

namespace camfleet::service {

void StreamSwitches::set(const store::StreamSwitch& one) {
  const std::lock_guard lock(mutex_);
  switched_[one.device][one.project] = one.on;
}

std::optional<bool> StreamSwitches::find(std::string_view device, std::string_view project) const {
  const std::lock_guard lock(mutex_);
  const auto known = switched_.find(device);
  if (known == switched_.end()) return std::nullopt;
  const auto on = known->second.find(project);
  return on == known->second.end() ? std::nullopt : std::optional(on->second);
}

bool StreamSwitches::empty() const {
  const std::lock_guard lock(mutex_);
  return switched_.empty();
}

void StreamSwitches::drop(std::string_view device) {
  const std::lock_guard lock(mutex_);
  if (const auto known = switched_.find(device); known != switched_.end()) switched_.erase(known);
}

std::vector<std::string> StreamSwitches::keep_only(const std::function<bool(const std::string&)>& is_known) {
  std::vector<std::string> dropped;
  const std::lock_guard lock(mutex_);
  std::erase_if(switched_, [&](const auto& one) {
    if (is_known(one.first)) return false;
    dropped.push_back(one.first);
    return true;
  });
  return dropped;
}

}  // namespace camfleet::service
