#include "runtime/api/http_connections.hpp"

namespace camfleet::api {

void Connections::add(HttpConnection& one) {
  const std::lock_guard lock(mutex_);
  one.place_ = all_.insert(all_.end(), &one);
  ++count_;
}

void Connections::remove(HttpConnection& one) {
  const std::lock_guard lock(mutex_);
  all_.erase(one.place_);
  --count_;
  if (one.is_busy_) --busy_;
}

void Connections::waits(HttpConnection& one) {
  const std::lock_guard lock(mutex_);
  all_.splice(all_.end(), all_, one.place_);
  one.waits_ = true;
  if (std::exchange(one.is_busy_, false)) --busy_;
}

void Connections::is_busy(HttpConnection& one) {
  const std::lock_guard lock(mutex_);
  one.waits_ = false;
  if (!std::exchange(one.is_busy_, true)) ++busy_;
}

bool Connections::make_room() {
  const std::lock_guard lock(mutex_);
  for (HttpConnection* one : all_) {
    if (!one->waits_) continue;
    // Not asked twice.
    one->waits_ = false;
    one->give_way();
    return true;
  }
  return false;
}

}  // namespace camfleet::api
