#include "tools/camfleet/cli/signals.hpp"

#include <algorithm>
#include <ctime>

#include <pthread.h>

namespace camfleet::cli {

SignalWatch::SignalWatch(std::initializer_list<int> signals) {
  sigemptyset(&watched_);
  for (const int signal : signals) sigaddset(&watched_, signal);
  pthread_sigmask(SIG_BLOCK, &watched_, &before_);
}

SignalWatch::~SignalWatch() {
  // One that came meanwhile, as when somebody is impatient, would end the process on the spot.
  while (wait(Duration(0)) != 0) {
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

int SignalWatch::wait(Duration span) {
  std::timespec time{};
  time.tv_sec = span / seconds(1);
  time.tv_nsec = (span % seconds(1)).count();
  const int signal = sigtimedwait(&watched_, nullptr, &time);
  return signal > 0 ? signal : 0;
}

bool SignalWatch::has_come(std::initializer_list<int> signals) {
  sigset_t pending{};
  sigpending(&pending);
  return std::ranges::any_of(signals, [&](int signal) { return sigismember(&pending, signal) == 1; });
}

}  // namespace camfleet::cli
