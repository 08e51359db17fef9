#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "actors/base/time.hpp"

namespace camfleet::api {

/// The nonces of the last half hour (both halves of the time stamp's window); one that is known was used.
/// Thread-safe.
class Nonces {
 public:
  static constexpr std::size_t max_nonces = 2'000'000;
  static constexpr Duration kept = std::chrono::minutes(30);

  /// False when this nonce of this key was used already. Beyond max_nonces the oldest are forgotten.
  bool use(std::string_view key, std::string_view nonce, Instant now);
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return known_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_set<std::string> known_;
  std::deque<std::pair<Instant, const std::string*>> in_order_;
};

}  // namespace camfleet::api
