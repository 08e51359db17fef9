#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace camfleet::cluster {

/// Lines of which strangers make as many as they like: one a second is said, with how many were not.
/// Thread-safe.
class SparseLines {
 public:
  /// What is to be said; nothing: not now.
  std::optional<std::string> add(const std::string& line) {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) {
      ++held_back_;
      return std::nullopt;
    }
    next_ = now + std::chrono::seconds(1);
    const std::uint64_t others = std::exchange(held_back_, 0);
    return others == 0 ? line : line + " (and " + std::to_string(others) + " others)";
  }

 private:
  std::mutex mutex_;
  std::chrono::steady_clock::time_point next_;
  std::uint64_t held_back_ = 0;
};

}  // namespace camfleet::cluster
