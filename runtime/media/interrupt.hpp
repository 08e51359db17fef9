#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "actors/base/time.hpp"

namespace camfleet::media {

/// How often who waits for a socket looks whether it must stop.
inline constexpr int look_ms = 50;

/// Why a connection must stop what it does: its deadline, or its owner. Safe to ask from any thread.
class Interrupt {
 public:
  void allow(Duration span) {
    until_ = std::chrono::steady_clock::now() + span;
    late_ = false;
  }
  void stop() {
    stopped_ = true;
    nudge();
  }
  /// Who waits, or waits next, looks at once at what may have changed.
  void nudge() {
    const std::lock_guard lock(mutex_);
    nudged_ = true;
    wake_.notify_one();
  }
  /// Returns after `span`, or when it was nudged.
  void wait(Duration span) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, span, [this] { return nudged_; });
    nudged_ = false;
  }
  [[nodiscard]] bool stopped() const { return stopped_; }
  /// The deadline passed while FFmpeg was at work: its own error number does not tell.
  [[nodiscard]] bool late() const { return late_; }

  /// Asked again and again while it is at work.
  bool must_stop() {
    if (std::chrono::steady_clock::now() >= until_) late_ = true;
    return late_ || stopped_;
  }

 private:
  std::chrono::steady_clock::time_point until_ = std::chrono::steady_clock::time_point::max();
  bool late_ = false;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool nudged_ = false;
};

}  // namespace camfleet::media
