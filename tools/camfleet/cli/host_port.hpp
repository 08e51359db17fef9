#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "actors/base/error.hpp"

namespace camfleet::cli {

/// The host and the port of "HOST:PORT"; an IPv6 address is written in brackets, and comes without them.
/// Errors: bad_usage at `option`.
result<std::pair<std::string, std::uint16_t>> parse_host_port(const std::string& option,
                                                              const std::string& text);

bool is_loopback(const std::string& host);

}  // namespace camfleet::cli
