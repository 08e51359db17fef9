#pragma once

namespace camfleet {

/// Has the cache line of `address` on its way to the processor.
inline void prefetch_line(const void* address) {
  __builtin_prefetch(address);
  // GCC 12 holds a function that does nothing else to have no effect, and leaves out calls of it.
  asm volatile("");
}

}  // namespace camfleet
