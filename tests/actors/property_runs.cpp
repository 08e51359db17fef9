#include <cstdlib>
#include <string>

#ifndef CAMFLEET_PROPERTY_RUNS
#define CAMFLEET_PROPERTY_RUNS 100
#endif

namespace {

/// RapidCheck reads RC_PARAMS before its first property and prints what it uses. A fixed seed keeps the runs
/// the same; set RC_PARAMS="seed=N max_success=M" to try others.
const int fixed_seed = [] {
  const std::string params = "seed=20260301 max_success=" + std::to_string(CAMFLEET_PROPERTY_RUNS);
  return setenv("RC_PARAMS", params.c_str(), 0);
}();

}  // namespace
