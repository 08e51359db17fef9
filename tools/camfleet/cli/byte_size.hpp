#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "actors/base/error.hpp"

namespace camfleet::cli {

/// "500MB", "2GiB", "1000": a number of bytes; kB, MB, GB and TB are thousands, KiB, MiB, GiB and TiB 1024ths
/// of the next. Errors: invalid_field with `where`.
result<std::uint64_t> parse_bytes(const std::string& where, std::string_view text);

}  // namespace camfleet::cli
