#pragma once

#include <atomic>
#include <cstdint>

#include <sys/eventfd.h>
#include <unistd.h>

namespace camfleet::bus {

/// How often a thread lets others run before it sleeps: being woken costs more.
inline constexpr int patience = 4;

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
