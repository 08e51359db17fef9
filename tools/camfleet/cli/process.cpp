#include "tools/camfleet/cli/process.hpp"

#include <cstdio>
#include <ctime>

#include <sys/resource.h>
#include <unistd.h>

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

std::uint64_t rss_bytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  unsigned long total = 0;
  unsigned long pages = 0;
  const bool read = file != nullptr && std::fscanf(file, "%lu %lu", &total, &pages) == 2;
  if (file != nullptr) std::fclose(file);
  return read ? std::uint64_t{pages} * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace camfleet::cli
