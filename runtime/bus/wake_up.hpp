#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>

#include <sys/eventfd.h>
#include <unistd.h>

namespace camfleet::bus {

/// Tells a thread that has nothing to do how to wait: being woken costs as much as many small frames, so
/// while they come thick and fast it naps, and finds several at once.
class Patience {
 public:
  void worked() { ++work_; }

  /// After a nap, true; false when it is time to sleep until woken.
  bool nap() {
    if (work_ >= thick) naps_ = most_naps;
    work_ = 0;
    if (naps_ == 0) return false;
    --naps_;
    take_a_nap();
    return true;
  }

  static constexpr long nap_ns = 50'000;
  static void take_a_nap() {
    const timespec pause{0, nap_ns};
    ::nanosleep(&pause, nullptr);
  }

 private:
  static constexpr int thick = 8;
  static constexpr int most_naps = 4;
  int work_ = 0;
  int naps_ = 0;
};

/// Lets other threads wake one that polls: cheap while it is awake.
class WakeUp {
 public:
  WakeUp() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  ~WakeUp() { ::close(fd_); }
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  [[nodiscard]] int fd() const { return fd_; }

  /// The poller is about to look at its work for the last time before it sleeps.
  void before_sleep() { asleep_.store(true); }
  void after_sleep() {
    asleep_.store(false);
    std::uint64_t count = 0;
    static_cast<void>(::read(fd_, &count, sizeof count));
  }
  void wake() {
    if (!asleep_.exchange(false)) return;
    const std::uint64_t one = 1;
    static_cast<void>(::write(fd_, &one, sizeof one));
  }

 private:
  int fd_;
  std::atomic<bool> asleep_ = false;
};

}  // namespace camfleet::bus
