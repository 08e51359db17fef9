#pragma once

#include <string>
#include <string_view>

#include "actors/base/error.hpp"
#include "actors/ledger/ledger.hpp"

namespace camfleet::service {

/// What a store keeps of a slice that has moved: a JSON object.
std::string to_text(const SliceSoFar& so_far);
/// Errors: corrupt: no such object, or not for so many algorithms.
result<SliceSoFar> parse_so_far(std::string_view text, std::size_t algorithms);

}  // namespace camfleet::service
