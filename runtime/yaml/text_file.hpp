#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "actors/base/error.hpp"

namespace camfleet::yaml {

inline constexpr std::uintmax_t max_bytes = 16U << 20U;

/// The text of a regular file of at most max_bytes; another one, a pipe above all, is not waited for. `what`:
/// what a right path leads to, "a fleet file". Errors, with the path as their place: not_found,
/// unreadable, too_large.
result<std::string> read_text_file(const std::string& path, std::string_view what);

}  // namespace camfleet::yaml
