#include "runtime/api/nonces.hpp"

#include "runtime/api/digest.hpp"

namespace camfleet::api {

bool Nonces::use(std::string_view key, std::string_view nonce, Instant now) {
  // The digest, as a nonce may be of any length. No ID of a key has a line feed.
  std::string id = sha256(std::string(key) + "\n" + std::string(nonce));
  const std::lock_guard lock(mutex_);
  // A time stamp that is one window ahead is good for `kept` and at its last instant, too.
  while (!in_order_.empty() && in_order_.front().first < now - kept) {
    known_.erase(known_.find(*in_order_.front().second));
    in_order_.pop_front();
  }
  const auto [at, fresh] = known_.insert(std::move(id));
  if (!fresh) return false;
  in_order_.emplace_back(now, &*at);
  if (in_order_.size() > max_nonces) {
    known_.erase(known_.find(*in_order_.front().second));
    in_order_.pop_front();
  }
  return true;
}

}  // namespace camfleet::api
