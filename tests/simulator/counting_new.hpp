#pragma once

#include <cstdint>

namespace camfleet::testing {

/// How often this program has asked for memory: its operator new counts.
std::uint64_t allocations();

}  // namespace camfleet::testing
