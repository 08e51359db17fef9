#pragma once

#include <csignal>
#include <initializer_list>

#include "actors/base/time.hpp"

namespace camfleet::cli {

/// Signals as something to wait for: while one lives, they interrupt nothing. Make it before the
/// first thread. What came and was not waited for is forgotten at its end.
class SignalWatch {
 public:
  explicit SignalWatch(std::initializer_list<int> signals = {SIGINT, SIGTERM});
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  /// The next of the signals, waiting up to `span`; 0 when none came.
  int wait(Duration span);
  /// One of these has come, and was not waited for yet. On the thread that made it.
  static bool has_come(std::initializer_list<int> signals);

 private:
  sigset_t watched_{};
  sigset_t before_{};
};

}  // namespace camfleet::cli
