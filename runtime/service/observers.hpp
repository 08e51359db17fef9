#pragma once

#include "runtime/log/log.hpp"
#include "runtime/service/metrics.hpp"

namespace camfleet::service {

/// Who is told what a service does; they outlive it.
struct Observers {
  logging::Log* log;
  Metrics* metrics;
};

}  // namespace camfleet::service
