#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace camfleet::fuzz {

/// Ends the process, which the fuzzer takes as a finding, when `holds` is false.
inline void require(bool holds, std::string_view rule, const std::string& seen = "") {
  if (holds) return;
  std::fprintf(stderr, "broken: %.*s: %s\n", static_cast<int>(rule.size()), rule.data(), seen.c_str());
  std::abort();
}

}  // namespace camfleet::fuzz
