#pragma once

#include <ctime>

#include "actors/base/time.hpp"

namespace camfleet::plant {

/// CPU time of this thread.
inline Duration thread_cpu() {
  std::timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return seconds(time.tv_sec) + Duration(time.tv_nsec);
}

}  // namespace camfleet::plant
