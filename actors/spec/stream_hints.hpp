#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "actors/spec/spec.hpp"

namespace camfleet {

/// "4Mbps", "512kbps", "1.5Mbps": in kilobits per second, rounded up; at most 100,000 of its unit.
std::optional<std::uint32_t> parse_bit_rate(std::string_view text);

/// "1080p" or "1920x1080": sides of 16 to 16384; of lines alone 16:9.
std::optional<FrameSize> parse_size(std::string_view text);

/// A name of coding_names, as it is spelled there.
std::optional<Coding> parse_coding(std::string_view text);

}  // namespace camfleet
