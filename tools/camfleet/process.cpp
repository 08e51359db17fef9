#include "tools/camfleet/process.hpp"

#include <ctime>

#include <sys/resource.h>

namespace camfleet::cli {
namespace {

Duration read_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return seconds(now.tv_sec) + Duration(now.tv_nsec);
}

}  // namespace

Stopwatch::Stopwatch()
    : wall_start_(read_clock(CLOCK_MONOTONIC)), cpu_start_(read_clock(CLOCK_PROCESS_CPUTIME_ID)) {}

Duration Stopwatch::wall() const {
  return read_clock(CLOCK_MONOTONIC) - wall_start_;
}
Duration Stopwatch::cpu() const {
  return read_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu_start_;
}

std::uint64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024U;
}

}  // namespace camfleet::cli
