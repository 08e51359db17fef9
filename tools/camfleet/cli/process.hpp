#pragma once

#include <cstdint>

#include "actors/base/time.hpp"

namespace camfleet::cli {

/// Wall time and this process's CPU time (all threads) since it was made.
class Stopwatch {
 public:
  Stopwatch();
  [[nodiscard]] Duration wall() const;
  [[nodiscard]] Duration cpu() const;

 private:
  Duration wall_start_;
  Duration cpu_start_;
};

/// The most memory that this process had resident.
std::uint64_t peak_rss_bytes();
/// What it has resident now; 0 where the system does not say.
std::uint64_t rss_bytes();

}  // namespace camfleet::cli
