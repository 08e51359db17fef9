#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <deque>
#include <mutex>

namespace camfleet::cluster {

/// How busy this process keeps its cores, as it is asked again and again. Thread-safe.
class CpuMeter {
 public:
  /// In thousandths of a core, since the first time that it was asked within the last 3 s.
  std::uint32_t measure() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    const Look now{Clock::now(), std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec)};
    const std::lock_guard lock(mutex_);
    looks_.push_back(now);
    while (now.at - looks_.front().at > window) looks_.pop_front();
    const std::chrono::nanoseconds passed = now.at - looks_.front().at;
    if (passed.count() <= 0) return 0;
    return static_cast<std::uint32_t>((now.cpu - looks_.front().cpu) * 1000 / passed);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds window{3};
  struct Look {
    Clock::time_point at;
    std::chrono::nanoseconds cpu;
  };
  std::mutex mutex_;
  std::deque<Look> looks_;
};

}  // namespace camfleet::cluster
