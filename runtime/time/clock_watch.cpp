#include "runtime/time/clock_watch.hpp"

#include <algorithm>
#include <cassert>
#include <ctime>

namespace camfleet::timing {
namespace {

Duration read(clockid_t clock) {
  timespec time{};
  [[maybe_unused]] const int failed = clock_gettime(clock, &time);
  assert(failed == 0);
  return seconds(time.tv_sec) + Duration(time.tv_nsec);
}

}  // namespace

ClockReading read_machine_clocks() {
  constexpr int tries = 10;
  ClockReading best;
  Duration best_span = Duration::max();
  for (int i = 0; i < tries && best_span >= milliseconds(1); ++i) {
    const Duration before = read(CLOCK_MONOTONIC);
    const Duration wall = read(CLOCK_REALTIME);
    const Duration since_boot = read(CLOCK_BOOTTIME);
    const Duration span = read(CLOCK_MONOTONIC) - before;
    if (span >= best_span) continue;
    best_span = span;
    best = {Instant(wall), since_boot, before + span / 2};
  }
  return best;
}

ClockMove ClockWatch::look() {
  now_ = read_();
  const Duration up = now_.awake - before_.awake;
  const Duration booted = now_.since_boot - before_.since_boot;
  ClockMove move{now_.wall - before_.wall - booted, std::max(booted - up, Duration(0))};
  if (std::chrono::abs(move.stepped) < least) move.stepped = Duration(0);
  if (move.suspended < least) move.suspended = Duration(0);
  if (move.happened()) before_ = now_;
  return move;
}

}  // namespace camfleet::timing
